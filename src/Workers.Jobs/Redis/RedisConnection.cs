using StackExchange.Redis;

namespace Workers.Jobs.Redis;

/// <summary>What a probe found.</summary>
/// <param name="Heard">Redis answered something, even if it was a refusal.</param>
/// <param name="Reason">Why it is of no use now, or null when it is ready.</param>
internal sealed record ProbeAnswer(bool Heard, string? Reason);

/// <summary>One multiplexer and the calls under way on it.</summary>
internal sealed class RedisConnection
{
    private readonly ConnectionMultiplexer multiplexer;
    private Task<ProbeAnswer>? probe;
    private int inFlight;

    private RedisConnection(ConnectionMultiplexer multiplexer, Action onChange)
    {
        this.multiplexer = multiplexer;
        Database = multiplexer.GetDatabase();
        // Each reply on a pool thread of its own: with the default (true) one slow continuation holds up every other reply.
        multiplexer.PreserveAsyncOrder = false;
        multiplexer.ConnectionFailed += (_, _) => onChange();
        multiplexer.ConnectionRestored += (_, _) => onChange();
    }

    internal IDatabase Database { get; }

    internal ISubscriber Subscriber => multiplexer.GetSubscriber();

    /// <summary>Calls whose reply has not come.</summary>
    internal int InFlight => Volatile.Read(ref inFlight);

    /// <summary>Opens a connection; it may come back unconnected (the multiplexer goes on trying), which the probe finds out.</summary>
    /// <param name="options">Parsed configuration.</param>
    /// <param name="onChange">Called when a connection was lost or came back.</param>
    internal static async Task<RedisConnection> OpenAsync(ConfigurationOptions options, Action onChange) =>
        new(await ConnectionMultiplexer.ConnectAsync(options), onChange); // Bounded by ConnectTimeout.

    /// <summary>The configuration with what the gate needs: quick retries, no channels and keys of the package's own.</summary>
    internal static ConfigurationOptions Parse(RedisGateOptions options)
    {
        var parsed = ConfigurationOptions.Parse(options.ConnectionString);
        parsed.AbortOnConnectFail = false;
        parsed.ConnectTimeout = 2_000;
        parsed.ConnectRetry = 1;
        parsed.ReconnectRetryPolicy = new LinearRetry(500);
        parsed.KeepAlive = 10;
        parsed.ConfigurationChannel = "";
        parsed.TieBreaker = "";
        parsed.ClientName ??= "workers";
        return parsed;
    }

    /// <summary>Takes a place for a call.</summary>
    /// <returns>False when all are taken.</returns>
    internal bool TryEnter(int limit)
    {
        if (Interlocked.Increment(ref inFlight) <= limit)
            return true;
        Interlocked.Decrement(ref inFlight);
        return false;
    }

    internal void Leave() => Interlocked.Decrement(ref inFlight);

    /// <summary>
    /// Asks whether Redis answers and takes writes. While one question is unanswered, gives that one again: a silent Redis collects no probes.
    /// </summary>
    internal Task<ProbeAnswer> ProbeAsync() => probe is { IsCompleted: false } ? probe : probe = AskAsync();

    /// <summary>Redis's version as a person reads it, and whether it is new enough.</summary>
    internal async Task<(string Text, bool Supported)> VersionAsync()
    {
        var info = (string)await Database.ExecuteAsync("INFO", "server");
        string? Field(string name) =>
            info.Split('\n').FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.Ordinal))?[(name.Length + 1)..].Trim();
        if (Field("valkey_version") is { } valkey)
            return ($"Valkey {valkey}", true);
        var version = Field("redis_version") ?? "of unknown version";
        return (version, int.TryParse(version.Split('.')[0], out var major) && major >= 7);
    }

    /// <summary>Ends it; calls still under way fail with an unknown outcome.</summary>
    internal void Close()
    {
        multiplexer.Close(allowCommandsToComplete: false);
        multiplexer.Dispose();
    }

    private async Task<ProbeAnswer> AskAsync()
    {
        try
        {
            var ping = Database.PingAsync();
            var role = Database.ExecuteAsync("ROLE");
            await ping;
            var isReplica = (string)((RedisResult[])await role)[0] == "slave";
            return new ProbeAnswer(Heard: true, isReplica ? "READONLY: this Redis is a replica." : null);
        }
        catch (RedisServerException refusal)
        {
            // An account that may not ask for the role is served all the same: its PING was answered.
            var mayNotAsk = refusal.Message.StartsWith("NOPERM", StringComparison.Ordinal);
            return new ProbeAnswer(Heard: true, mayNotAsk ? null : refusal.Message);
        }
        catch (Exception error) when (RedisErrors.Translate(error) is RedisUnavailableException unavailable)
        {
            return new ProbeAnswer(Heard: false, unavailable.Message);
        }
    }
}
