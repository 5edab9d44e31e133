using Workers.Jobs;

namespace Workers.Node.Dispatch;

/// <summary>
/// Which claims of a pool leave alone the jobs that are in no hurry (of a priority below <see cref="Priorities.Normal"/>), so that one in a hurry
/// finds a worker free instead of one in the middle of a preview. Only while jobs in a hurry come to this node: a night's batch has every worker, and of
/// many nodes only those that serve such jobs keep workers free. The others' share is never nothing. Safe for several threads.
/// </summary>
/// <param name="workers">Of the pool.</param>
/// <param name="kept">How many to keep free; at least one serves all jobs.</param>
/// <param name="isTaken">Whether the worker of that name has a call, or is about to.</param>
/// <param name="time">The clock.</param>
internal sealed class KeptFree(int workers, int kept, Func<string, bool> isTaken, TimeProvider time)
{
    /// <summary>For how long after a job in a hurry more of them are expected.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(1);

    /// <summary>For how long an only worker waits for the next one: who asks for picture after picture asks within this.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>An only worker takes one of the other jobs at least this often, however fast those in a hurry come.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    private readonly int shared = Math.Max(1, workers - kept); // Workers that may have jobs in no hurry.
    private readonly Lock gate = new();

    // By the attempt's token: a job may begin anew before the end of its last attempt is seen here.
    private readonly Dictionary<string, (string Worker, bool Hurries, bool MayBeEnded)> running = [];
    private long? lastHurried; // When the last one ended.
    private long lastOpen = time.GetTimestamp(); // When a claim last took, or would have taken, any job.

    /// <summary>Whether any worker shall be kept free.</summary>
    public bool IsWanted => kept > 0;

    /// <summary>The least priority to claim for a worker; null: any. Tell what came of it: <see cref="Begun"/>, or <see cref="Nothing"/>.</summary>
    /// <param name="worker">The worker's name.</param>
    /// <param name="beside">It has calls already, and room beside them.</param>
    public int? LeastFor(string worker, bool beside)
    {
        lock (gate)
        {
            if (kept == 0 || !AreExpected())
                return null;
            var withheld = workers > 1 ? Others(worker) >= shared : !beside && time.GetElapsedTime(lastOpen) < LongestWait;
            return withheld ? Priorities.Normal : null;
        }
    }

    /// <summary>When to claim again after a claim that found none: an only worker soon, because the jobs it left alone wait for it. Null: as ever.</summary>
    /// <param name="least">The least priority that was claimed for.</param>
    public TimeSpan? AgainAfter(int? least) => least is not null && workers == 1 ? Pause : null;

    /// <summary>A claim for any job found none.</summary>
    public void Nothing()
    {
        lock (gate) lastOpen = time.GetTimestamp();
    }

    /// <summary>A worker begins an attempt at a job; it ends with <see cref="Ended"/>.</summary>
    /// <param name="worker">The worker's name.</param>
    /// <param name="attempt">The attempt's token.</param>
    /// <param name="priority">The job's.</param>
    public void Begun(string worker, string attempt, int priority)
    {
        lock (gate)
        {
            var hurries = priority >= Priorities.Normal;
            running[attempt] = (worker, hurries, !hurries && kept > 0 && !AreExpected());
            if (!hurries)
                lastOpen = time.GetTimestamp();
        }
    }

    /// <summary>
    /// Whether the running attempt may be ended for one in a hurry: it is in none itself, it began when none was expected, and so may have the worker
    /// that would have been kept, and every worker has a job. What began in spite of such jobs is the others' share.
    /// </summary>
    public bool MayBeEnded(string attempt)
    {
        lock (gate)
        {
            return running.TryGetValue(attempt, out var one) && one.MayBeEnded
                && running.Values.Select(other => other.Worker).Distinct().Count(isTaken) == workers;
        }
    }

    /// <summary>The attempt is over, and its client knows.</summary>
    public void Ended(string attempt)
    {
        lock (gate)
        {
            if (running.Remove(attempt, out var one) && one.Hurries)
                lastHurried = time.GetTimestamp();
        }
    }

    private bool AreExpected() =>
        running.Values.Any(job => job.Hurries)
        || (lastHurried is { } ended && time.GetElapsedTime(ended) < (workers > 1 ? Memory : Pause));

    // A worker is free again before its job's end is told; then the job does not count any more.
    private int Others(string worker) =>
        running.Values.Where(job => !job.Hurries && job.Worker != worker && isTaken(job.Worker)).Select(job => job.Worker).Distinct().Count();
}
