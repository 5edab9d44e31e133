using Workers.Jobs.Nodes;

namespace Workers.Api.Engines;

/// <summary>Nodes and engines at one moment.</summary>
/// <param name="Nodes">Reports of all nodes.</param>
/// <param name="Desired">What operators want: subject → what.</param>
/// <param name="Engines">In the order in which they are defaults: as configured, then others by name.</param>
public sealed record CatalogView(
    IReadOnlyList<NodeReport> Nodes, IReadOnlyDictionary<string, string> Desired, IReadOnlyList<EngineView> Engines)
{
    /// <summary>Before the first look.</summary>
    public static readonly CatalogView Empty = new([], new Dictionary<string, string>(), []);

    /// <summary>The engine of that name, or null.</summary>
    public EngineView? Find(string name)
    {
        foreach (var engine in Engines)
        {
            if (engine.Name == name)
                return engine;
        }

        return null;
    }

    /// <summary>True for nodes that report.</summary>
    public static bool IsLive(NodeReport node) => node.State is "active" or "draining";

    /// <summary>Every worker of every live node.</summary>
    public IEnumerable<WorkerReport> Workers => Nodes.Where(IsLive).SelectMany(node => node.Workers);
}
