using Workers.Jobs.Redis;

namespace Workers.Jobs.Nodes;

/// <summary>Who is there: nodes report themselves, everybody reads.</summary>
public sealed class NodeRegistry(RedisGate gate)
{
    /// <summary>A node not heard of for this long is lost.</summary>
    public static readonly TimeSpan LostAfter = TimeSpan.FromSeconds(10);

    /// <summary>Stores the report and the time of Redis.</summary>
    public Task ReportAsync(NodeReport report, CancellationToken cancellation) => throw new NotImplementedException(gate.ToString());

    /// <summary>Every node that reported within a day, newest report each; lost ones have state <c>lost</c>.</summary>
    public Task<IReadOnlyList<NodeReport>> ListAsync(CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>What an operator wants of a node (drain, resume), a worker (recycle) or an engine (pause, resume).</summary>
    public Task SetDesiredAsync(string subject, string? desired, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Everything desired: subject (<c>node:ID</c>, <c>worker:ID</c>, <c>engine:NAME</c>) → what.</summary>
    public Task<IReadOnlyDictionary<string, string>> DesiredAsync(CancellationToken cancellation) => throw new NotImplementedException();
}
