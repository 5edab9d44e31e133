using StackExchange.Redis;
using Workers.Jobs.Redis;

namespace Workers.Jobs.Assets;

/// <summary>
/// What Redis knows of stored bytes: size, media type, name, references, when last touched. Bytes go in two steps: <see cref="MarkUnusedAsync"/>
/// or <see cref="DeleteAsync"/> marks, the caller deletes the bytes, <see cref="UnmarkAsync"/> forgets; whoever wants them in between stores them
/// again.
/// All methods may throw <see cref="RedisUnavailableException"/>.
/// </summary>
public sealed class AssetRegistry(RedisGate gate)
{
    private static readonly LuaScript Script = LuaScript.Load("assets");
    private static readonly RedisKey[] Keys = [RedisKeys.Root];

    /// <summary>
    /// Registers bytes that are stored, or refreshes <c>touched</c> of known ones. These keep their name and type, unless they have none that tells
    /// anything.
    /// </summary>
    public async Task<AssetRegistration> RegisterAsync(AssetRecord asset, CancellationToken cancellation)
    {
        var reply = await RunAsync(
            ["do", "register", "hex", asset.Hex, "size", asset.Size, "mediaType", asset.MediaType, "name", asset.Name ?? ""], cancellation);
        return (string)reply! switch
        {
            "new" => AssetRegistration.New,
            "known" => AssetRegistration.Known,
            "being_deleted" => AssetRegistration.BeingDeleted,
            var other => throw new InvalidOperationException($"assets.lua answered '{other}'."),
        };
    }

    /// <summary>
    /// Says that these are about to be stored: should nobody come to register them, the sweep deletes them as it does what is unused. They are
    /// not known before they are registered.
    /// </summary>
    public Task ExpectAsync(IEnumerable<string> hexes, CancellationToken cancellation) =>
        RunAsync(["do", "expect", "hexes", string.Join(' ', hexes)], cancellation);

    /// <summary>The asset, or null.</summary>
    /// <param name="hex">Its digest.</param>
    /// <param name="touch">Whether this counts as use.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<AssetRecord?> FindAsync(string hex, bool touch, CancellationToken cancellation)
    {
        var reply = await RunAsync(["do", touch ? "touch" : "find", "hexes", hex], cancellation);
        return Records(reply).FirstOrDefault();
    }

    /// <summary>Those that are registered, in the order asked.</summary>
    public async Task<IReadOnlyList<AssetRecord>> FindAllAsync(IEnumerable<string> hexes, CancellationToken cancellation) =>
        Records(await RunAsync(["do", "find", "hexes", string.Join(' ', hexes)], cancellation));

    /// <summary>Which of these are not registered; refreshes <c>touched</c> of the others.</summary>
    public async Task<IReadOnlyList<string>> MissingAsync(IReadOnlyList<string> hexes, CancellationToken cancellation)
    {
        var known = Records(await RunAsync(["do", "touch", "hexes", string.Join(' ', hexes)], cancellation)).Select(asset => asset.Hex).ToHashSet();
        return hexes.Where(hex => !known.Contains(hex)).ToList();
    }

    /// <summary>Newest touched first, at most <paramref name="limit"/> looked at from <paramref name="offset"/>; filters may leave fewer.</summary>
    public async Task<IReadOnlyList<AssetRecord>> ListAsync(
        string? name, string? mediaType, int offset, int limit, CancellationToken cancellation)
    {
        var records = Records(await RunAsync(["do", "list", "offset", offset, "limit", limit], cancellation));
        return records.Where(asset => (name is null || asset.Name == name) && (mediaType is null || asset.MediaType == mediaType)).ToList();
    }

    /// <summary>Marks an asset that no job references; then delete its bytes and call <see cref="UnmarkAsync"/>.</summary>
    public async Task<AssetDeletion> DeleteAsync(string hex, CancellationToken cancellation) =>
        (string)(await RunAsync(["do", "mark", "hex", hex], cancellation))! switch
        {
            "unknown" => AssetDeletion.Unknown,
            "marked" => AssetDeletion.Marked,
            "in_use" => AssetDeletion.InUse,
            var other => throw new InvalidOperationException($"assets.lua answered '{other}'."),
        };

    /// <summary>Marks unreferenced assets untouched for that long, at most <paramref name="limit"/>, and gives their hexes, with those that an
    /// interrupted sweep left marked.</summary>
    public async Task<IReadOnlyList<string>> MarkUnusedAsync(TimeSpan untouchedFor, int limit, CancellationToken cancellation) =>
        (string[])(await RunAsync(["do", "mark_unused", "age", (long)untouchedFor.TotalMilliseconds, "limit", limit], cancellation))!;

    /// <summary>After the bytes are deleted: forgets the record.</summary>
    public Task UnmarkAsync(string hex, CancellationToken cancellation) => RunAsync(["do", "unmark", "hex", hex], cancellation);

    private Task<RedisResult> RunAsync(RedisValue[] arguments, CancellationToken cancellation) =>
        gate.EvaluateAsync(Script, Keys, arguments, cancellation);

    private static List<AssetRecord> Records(RedisResult reply) =>
        ((RedisResult[])reply!).Select(entry => (RedisValue[])entry!).Select(
            values => new AssetRecord(
                values[0]!, (long)values[1], values[2]!, values[3].IsNullOrEmpty ? null : (string)values[3]!, values[4].IsNull ? 0 : (long)values[4]))
            .ToList();
}

/// <summary>A stored blob's record.</summary>
/// <param name="Hex">SHA-256, 64 lower-case hex digits.</param>
/// <param name="Size">Bytes.</param>
/// <param name="MediaType">Its type.</param>
/// <param name="Name">File name it came with, if any.</param>
/// <param name="References">Jobs and versions of templates that use it.</param>
public sealed record AssetRecord(string Hex, long Size, string MediaType, string? Name, long References = 0);

/// <summary>What a registration was answered.</summary>
public enum AssetRegistration
{
    /// <summary>It was not known before.</summary>
    New,

    /// <summary>It was known; <c>touched</c> is refreshed.</summary>
    Known,

    /// <summary>Its bytes are just being deleted: store them again in a moment. HTTP: 503 with Retry-After.</summary>
    BeingDeleted,
}

/// <summary>What a deletion was answered.</summary>
public enum AssetDeletion
{
    /// <summary>Not known.</summary>
    Unknown,

    /// <summary>Marked: the bytes may be deleted now.</summary>
    Marked,

    /// <summary>Jobs or templates use it. HTTP: 409.</summary>
    InUse,
}
