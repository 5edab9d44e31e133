using Microsoft.Extensions.Logging;
using Workers.Jobs;
using Workers.Node.Agent;
using Workers.Node.Pools;

namespace Workers.Node.Dispatch;

/// <summary>A dispatcher for each pool of the node.</summary>
internal sealed class DispatcherSet(PoolSet pools, AttemptStore store, AttemptRunner runner, NodeIdentity node, AssetsAhead ahead, ILoggerFactory loggers) : IDisposable
{
    /// <summary>The dispatchers, in the order of the pools.</summary>
    public IReadOnlyList<JobDispatcher> All { get; } =
        [.. pools.All.Select(pool => new JobDispatcher(pool, store, runner, node, ahead, loggers.CreateLogger<JobDispatcher>()))];

    /// <summary>Something of this engine may be queued.</summary>
    public void Wake(string engine)
    {
        foreach (var dispatcher in All)
        {
            if (dispatcher.Pool.Specification.Name == engine)
                dispatcher.Wake();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var dispatcher in All)
            dispatcher.Dispose();
    }
}
