using StackExchange.Redis;

namespace Workers.Jobs.Redis;

/// <summary>
/// The only door to Redis. Bounded in flight, a deadline for every call, readiness by a probe each second, the connection replaced after a
/// silence; a reply that comes after its deadline is handed to the call's late handler, never dropped.
/// </summary>
public sealed class RedisGate : IAsyncDisposable
{
    /// <summary>Connects.</summary>
    /// <param name="options">Connection string and limits.</param>
    /// <param name="logger">Log.</param>
    public RedisGate(RedisGateOptions options, Microsoft.Extensions.Logging.ILogger<RedisGate> logger) => throw new NotImplementedException();

    /// <summary>True while the probe is answered.</summary>
    public bool IsReady => throw new NotImplementedException();

    /// <summary>Why it isn't ready, or null.</summary>
    public string? NotReadyReason => throw new NotImplementedException();

    /// <summary>Connects and checks the server's version (Redis ≥ 7 or Valkey).</summary>
    /// <exception cref="RedisUnavailableException">Not reachable, or too old.</exception>
    public Task StartAsync(CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Makes one call under the gate's limits.</summary>
    /// <param name="call">The call; made at most once.</param>
    /// <param name="cancellation">Stops waiting; the reply then goes to <paramref name="onLate"/>.</param>
    /// <param name="onLate">Takes a reply that came after the deadline or after the caller left.</param>
    /// <exception cref="RedisUnavailableException">No place in flight, no answer in time, or Redis says it cannot.</exception>
    public Task<T> CallAsync<T>(Func<IDatabase, Task<T>> call, CancellationToken cancellation, Func<T, Task>? onLate = null) =>
        throw new NotImplementedException();

    /// <summary>Runs a script by its hash; loads it first where Redis does not know it (NOSCRIPT after a flush or restart).</summary>
    /// <exception cref="RedisUnavailableException">As <see cref="CallAsync{T}"/>.</exception>
    public Task<RedisResult> EvaluateAsync(
        LuaScript script, RedisKey[] keys, RedisValue[] arguments, CancellationToken cancellation, Func<RedisResult, Task>? onLate = null) =>
        throw new NotImplementedException();

    /// <summary>Listens to a pub/sub channel, across reconnects and replaced connections. Messages are hints: some may be lost.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="handler">Called on a pool thread; must be quick and must not throw.</param>
    public Task<IAsyncDisposable> SubscribeAsync(string channel, Action<string> handler) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}

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
}
