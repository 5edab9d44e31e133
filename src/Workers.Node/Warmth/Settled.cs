using Workers.Node.Workers;

namespace Workers.Node.Warmth;

/// <summary>
/// Which workers have had nothing to do for a while: no job of the queue waits for such a one, and none has just left it. For one loop only.
/// </summary>
internal sealed class Settled(TimeProvider time)
{
    /// <summary>How long that is.</summary>
    public static readonly TimeSpan While = TimeSpan.FromSeconds(1);

    private Dictionary<Worker, (int? Pid, long Calls, long Since)> seen = [];

    /// <summary>Those of the idle workers that were idle all the while; all others begin anew.</summary>
    public IReadOnlyList<Worker> Of(IReadOnlyList<Worker> idle)
    {
        var now = time.GetTimestamp();
        Dictionary<Worker, (int? Pid, long Calls, long Since)> newest = [];
        foreach (var worker in idle)
        {
            var report = worker.Report();
            var isSame = seen.TryGetValue(worker, out var before) && (before.Pid, before.Calls) == (report.Pid, report.Calls);
            newest[worker] = (report.Pid, report.Calls, isSame ? before.Since : now);
        }

        seen = newest;
        return [.. idle.Where(worker => time.GetElapsedTime(newest[worker].Since, now) >= While)];
    }
}
