using StackExchange.Redis;
using Workers.Jobs.Redis;

namespace Workers.Jobs.Assets;

/// <summary>
/// Bytes that a job's end brought to Redis and that the blob store does not have yet. They are as durable as the job's success, because one step
/// writes both; a node carries them on. All methods may throw <see cref="RedisUnavailableException"/>.
/// </summary>
public sealed class ArrivingBytes(RedisGate gate)
{
    /// <summary>Most bytes that one job's end may bring; larger outputs go to the blob store first.</summary>
    public const int MostOfOneJob = 64 * 1024;

    private static readonly LuaScript Script = LuaScript.Load("assets");
    private static readonly RedisKey[] Keys = [RedisKeys.Root];

    /// <summary>The bytes, or null when they are not (any more) on their way.</summary>
    public async Task<byte[]?> FindAsync(string hex, CancellationToken cancellation) =>
        await gate.CallAsync(database => database.StringGetAsync(RedisKeys.Of("asset_bytes", hex)), cancellation);

    /// <summary>The same of several, in their order, by one question.</summary>
    public async Task<IReadOnlyList<byte[]?>> FindAsync(IReadOnlyList<string> hexes, CancellationToken cancellation)
    {
        var keys = hexes.Select(hex => RedisKeys.Of("asset_bytes", hex)).ToArray();
        return Array.ConvertAll(await gate.CallAsync(database => database.StringGetAsync(keys), cancellation), bytes => (byte[]?)bytes);
    }

    /// <summary>Whether the bytes are on their way.</summary>
    public Task<bool> HasAsync(string hex, CancellationToken cancellation) =>
        gate.CallAsync(database => database.KeyExistsAsync(RedisKeys.Of("asset_bytes", hex)), cancellation);

    /// <summary>Those that came longest ago, and at least that long ago.</summary>
    public async Task<IReadOnlyList<string>> OldestAsync(TimeSpan age, int limit, CancellationToken cancellation) =>
        (string[])(await RunAsync(["do", "arriving", "age", (long)age.TotalMilliseconds, "limit", limit], cancellation))!;

    /// <summary>The blob store has them: Redis forgets the bytes.</summary>
    public Task ForgetAsync(IEnumerable<string> hexes, CancellationToken cancellation) =>
        RunAsync(["do", "arrived", "hexes", string.Join(' ', hexes)], cancellation);

    private Task<RedisResult> RunAsync(RedisValue[] arguments, CancellationToken cancellation) =>
        gate.EvaluateAsync(Script, Keys, arguments, cancellation);
}

/// <summary>A small output that goes to Redis with its job's end.</summary>
/// <param name="Hex">SHA-256, 64 lower-case hex digits.</param>
/// <param name="Bytes">Its bytes.</param>
public sealed record CarriedBytes(string Hex, byte[] Bytes);
