using StackExchange.Redis;

namespace Workers.Jobs;

/// <summary>How a submission uses stored results.</summary>
/// <param name="Key">Of everything that decides the result: two submissions of one key want the same bytes.</param>
/// <param name="Flight">Of submissions that may share one job: the same key, and the same limits.</param>
/// <param name="Build">Digest of the engine's build that the key is of; a result of another build is not stored.</param>
/// <param name="Looks">True to be answered by what is stored or being made; false to make it anew.</param>
public sealed record CacheUse(string Key, string Flight, string Build, bool Looks)
{
    /// <summary>The job of an entry, or of a flight, that is not to be used: its files have changed, or its bytes are gone.</summary>
    public string? Stale { get; init; }

    /// <summary>How long a failure that would only repeat itself answers others.</summary>
    public TimeSpan Negative { get; init; }

    internal RedisValue[] Arguments() =>
    [
        "cache", Key, "flight", Flight, "build", Build, "look", Looks ? "1" : "", "stale", Stale ?? "", "negative", (long)Negative.TotalMilliseconds,
    ];
}
