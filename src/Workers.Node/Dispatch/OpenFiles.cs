using System.Collections.Concurrent;
using Workers.Jobs;
using Workers.Node.Pools;
using Workers.Node.Workers;

namespace Workers.Node.Dispatch;

/// <summary>
/// Which files the workers of a pool have open, or are about to open: a job goes to the worker that holds its file, and is left to it for a while
/// where that worker is busy.
/// </summary>
internal sealed class OpenFiles(Pool pool)
{
    private readonly ConcurrentDictionary<Worker, (string Job, string File)> busy = new();

    /// <summary>The worker begins a job; it ends with <see cref="Ended"/>.</summary>
    public void Begun(Worker worker, Job job)
    {
        if (InputFile.Of(job.Specification.Input) is not { } file)
            return;
        busy[worker] = (job.Id, file);
        worker.ProvenFile = worker.Holding?.File == file ? file : null;
    }

    /// <summary>The worker's job is over; it may have begun another one since.</summary>
    public void Ended(Worker worker, Job job)
    {
        if (busy.TryGetValue(worker, out var current) && current.Job == job.Id)
            busy.TryRemove(KeyValuePair.Create(worker, current));
    }

    /// <summary>The claim with what the pool's workers hold; as it was where the engine wants its jobs strictly in order.</summary>
    /// <param name="claim">For the reserved worker.</param>
    /// <param name="reservedOne">That worker.</param>
    public ClaimRequest Tell(ClaimRequest claim, Worker reservedOne)
    {
        if (!pool.Specification.Affinity)
            return claim;
        var taken = busy.Where(pair => pair.Key != reservedOne && !pair.Value.File.Any(char.IsControl)).Select(pair => pair.Value.File).Distinct();
        return claim with { Holders = pool.Holders(reservedOne), Taken = [.. taken] };
    }
}
