namespace Workers.Node.Pools;

/// <summary>Whether a pool can serve.</summary>
/// <param name="Available">At least one worker has become ready, and not all are quarantined or without their program.</param>
/// <param name="Reason">Why not, and what to do.</param>
internal sealed record PoolState(bool Available, string? Reason);
