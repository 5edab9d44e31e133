namespace Workers.Jobs.Redis;

/// <summary>How the gate behaves.</summary>
public sealed record RedisGateOptions
{
    /// <summary>StackExchange.Redis configuration string, e.g. <c>127.0.0.1:6379,password=…</c>.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>Calls under way at once; one more is refused.</summary>
    public int MaxInFlight { get; init; } = 4_096;

    /// <summary>How long a call may take.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>After this long without an answered probe the connection is replaced.</summary>
    public TimeSpan ReplaceAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Pause between two probes while they are answered.</summary>
    public TimeSpan ProbeEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a replaced connection is kept for late replies when calls are still under way on it.</summary>
    public TimeSpan KeepReplacedFor { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long <see cref="RedisGate.StartAsync"/> waits for a Redis that is still loading its data.</summary>
    public TimeSpan LoadingLimit { get; init; } = TimeSpan.FromSeconds(60);
}
