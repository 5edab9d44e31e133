using System.Globalization;
using StackExchange.Redis;
using Workers.Jobs.Redis;

namespace Workers.Jobs;

/// <summary>Looks after stored results; <c>submit.lua</c> and <c>complete.lua</c> read and write them. May throw <see cref="RedisUnavailableException"/>.</summary>
public sealed class ResultStore(RedisGate gate)
{
    private const int Batch = 100;
    private static readonly LuaScript EvictScript = LuaScript.Load("evict");
    private static readonly RedisKey[] Keys = [RedisKeys.Root];

    /// <summary>Forgets what is above the limits, least recently used first, at most 100; returns how many.</summary>
    /// <param name="bytes">Most bytes of all outputs.</param>
    /// <param name="recordBytes">Most bytes in Redis.</param>
    /// <param name="age">Longest time without use.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<int> EvictAsync(long bytes, long recordBytes, TimeSpan age, CancellationToken cancellation) =>
        (int)await gate.EvaluateAsync(
            EvictScript, Keys, ["bytes", bytes, "record", recordBytes, "age", (long)age.TotalMilliseconds, "limit", Batch], cancellation);

    /// <summary>The stored result of that key, or null. Its use is not noted.</summary>
    public async Task<StoredResult?> FindAsync(string key, CancellationToken cancellation)
    {
        var entry = await gate.CallAsync(database => database.HashGetAsync(RedisKeys.Of("cache", key), ["job", "result", "reads"]), cancellation);
        return entry[0].IsNull ? null : StoredResult.Read(entry[0]!, entry[1]!, entry[2]!);
    }

    /// <summary>How much is stored now.</summary>
    public async Task<StoredTotals> TotalsAsync(CancellationToken cancellation)
    {
        var entries = gate.CallAsync(database => database.SortedSetLengthAsync(RedisKeys.Of("cache_used")), cancellation);
        var totals = await gate.CallAsync(database => database.HashGetAsync(RedisKeys.Of("cache_totals"), ["bytes", "record"]), cancellation);
        static long Number(RedisValue value) => value.IsNull ? 0 : long.Parse((string)value!, CultureInfo.InvariantCulture);
        return new StoredTotals(await entries, Number(totals[0]), Number(totals[1]));
    }
}

/// <summary>How much is stored.</summary>
/// <param name="Entries">Results.</param>
/// <param name="Bytes">Of their outputs; one that several results share counts for each.</param>
/// <param name="RecordBytes">Of what Redis holds of them.</param>
public sealed record StoredTotals(long Entries, long Bytes, long RecordBytes);
