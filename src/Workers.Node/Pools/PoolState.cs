using Workers.Jobs.Engines;
using Workers.Node.Workers;

namespace Workers.Node.Pools;

/// <summary>Whether a pool can serve.</summary>
/// <param name="Available">At least one worker has become ready, and not all are quarantined or without their program.</param>
/// <param name="Reason">Why not, and what to do.</param>
internal sealed record PoolState(bool Available, string? Reason)
{
    /// <summary>Of a pool with these workers.</summary>
    /// <param name="specification">Its engine.</param>
    /// <param name="workers">All of them.</param>
    /// <param name="hasBeenReady">Whether one of them, or of those before them, has been.</param>
    public static PoolState Of(EngineSpecification specification, IReadOnlyList<Worker> workers, bool hasBeenReady)
    {
        if (workers.Any(worker => worker.State is WorkerState.Ready or WorkerState.Busy))
            return new PoolState(true, null);
        var failure = workers.Select(worker => worker.LastFailure).FirstOrDefault(text => text is not null);
        if (specification.Workers == 0)
            return new PoolState(false, $"engines.{specification.Name}.workers is 0.");
        if (workers.Count > 0 && workers.All(worker => worker.State == WorkerState.Quarantined))
            return new PoolState(false, $"Its workers failed again and again and are quarantined; recycle one to try at once. Last: {failure}");
        if (workers.Count > 0 && workers.All(worker => worker.IsFailing))
            return new PoolState(false, failure);
        return new PoolState(hasBeenReady, hasBeenReady ? null : failure ?? "Its workers are starting.");
    }
}
