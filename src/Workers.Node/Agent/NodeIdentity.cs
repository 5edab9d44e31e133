using System.Reflection;
using Workers.Jobs.Configuration;

namespace Workers.Node.Agent;

/// <summary>Who this node is.</summary>
/// <param name="Id">Stable over restarts.</param>
/// <param name="Boot">This incarnation: 128 random bits in hex, new with every start.</param>
/// <param name="Labels">What jobs may require.</param>
internal sealed record NodeIdentity(string Id, string Boot, IReadOnlyDictionary<string, string> Labels)
{
    /// <summary>Version of the server program.</summary>
    public static string Version { get; } =
        typeof(NodeIdentity).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    /// <summary>When this incarnation started.</summary>
    public DateTimeOffset StartedAt { get; } = DateTimeOffset.UtcNow;

    /// <summary>A new incarnation of the configured node.</summary>
    public static NodeIdentity New(ServerSettings settings) => new(settings.NodeId, Guid.NewGuid().ToString("N"), settings.Labels);
}
