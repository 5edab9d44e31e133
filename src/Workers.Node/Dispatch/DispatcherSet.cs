using Microsoft.Extensions.Logging;
using Workers.Jobs;
using Workers.Node.Agent;
using Workers.Node.Pools;

namespace Workers.Node.Dispatch;

/// <summary>A dispatcher for each pool of the node.</summary>
internal sealed class DispatcherSet : IDisposable
{
    /// <summary>Makes them.</summary>
    public DispatcherSet(
        PoolSet pools, AttemptStore store, AttemptRunner runner, RunningAttempts attempts, NodeIdentity node, AssetsAhead ahead, ILoggerFactory loggers)
    {
        All = [.. pools.All.Select(Make)];

        JobDispatcher Make(Pool pool)
        {
            var keptFree = new KeptFree(pool.Specification.Workers, pool.Specification.KeepFree, pool.IsTaken, TimeProvider.System);
            var preemption = new Preemption(pool, keptFree, attempts, store, node, loggers.CreateLogger<Preemption>());
            return new JobDispatcher(pool, keptFree, preemption, store, runner, node, ahead, loggers.CreateLogger<JobDispatcher>());
        }
    }

    /// <summary>The dispatchers, in the order of the pools.</summary>
    public IReadOnlyList<JobDispatcher> All { get; }

    /// <summary>A job of this engine and priority may be queued.</summary>
    public void Wake(string engine, int priority)
    {
        foreach (var dispatcher in All)
        {
            if (dispatcher.Pool.Specification.Name == engine)
                dispatcher.Wake(priority);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var dispatcher in All)
            dispatcher.Dispose();
    }
}
