using Workers.Jobs.Engines;
using Workers.Node.Workers;

namespace Workers.Node.Pools;

/// <summary>All pools of the node, in the order of the configuration.</summary>
internal sealed class PoolSet
{
    /// <summary>Makes a pool for each engine.</summary>
    public PoolSet(WorkerHost host, IReadOnlyList<EngineSpecification> engines) =>
        All = [.. engines.Select(engine => new Pool(host, engine, () => Changed?.Invoke()))];

    /// <summary>The pools.</summary>
    public IReadOnlyList<Pool> All { get; }

    /// <summary>Raised after each change that a report would show; handlers must be quick.</summary>
    public event Action? Changed;

    /// <summary>Process groups of all living workers.</summary>
    public IReadOnlySet<int> Groups() => All.SelectMany(pool => pool.Groups()).ToHashSet();

    /// <inheritdoc cref="Pool.Tend"/>
    public void Tend(IReadOnlyDictionary<int, long> memory)
    {
        foreach (var pool in All)
            pool.Tend(memory);
    }

    /// <summary>Replaces a worker by hand. False: none of this node's.</summary>
    public bool Recycle(string workerId) => All.Any(pool => pool.Recycle(workerId));
}
