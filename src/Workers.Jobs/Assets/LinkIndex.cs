using System.Text.Json;
using StackExchange.Redis;
using Workers.Jobs.Redis;

namespace Workers.Jobs.Assets;

/// <summary>A file that was inspected.</summary>
/// <param name="Kind"><c>asset</c> or <c>file</c>.</param>
/// <param name="Id">Its hex, or its <c>root:NAME/path</c>.</param>
public readonly record struct LinkSubject(string Kind, string Id)
{
    /// <summary>A stored asset.</summary>
    public const string Asset = "asset";

    /// <summary>A file under a root.</summary>
    public const string File = "file";

    /// <summary>What an input's <c>file</c> names, or null where that is neither.</summary>
    public static LinkSubject? Of(string? file) =>
        AssetId.TryParse(file, out var hex) ? new LinkSubject(Asset, hex)
        : file?.StartsWith("root:", StringComparison.Ordinal) == true ? new LinkSubject(File, file)
        : null;
}

/// <summary>A file and what it names.</summary>
public sealed record LinkedFile(string Id, IReadOnlyList<FileLink> Links);

/// <summary>What waits to be indexed: an inspection's job, or the stored result that answered one for an asset which was deleted and stored anew.</summary>
/// <param name="Job">The job; null for a stored result.</param>
/// <param name="Result">The stored result's key.</param>
/// <param name="Hex">The asset that it is of.</param>
public readonly record struct PendingInspection(string? Job, string? Result, string? Hex)
{
    /// <summary>Of what <see cref="LinkIndex.PendingAsync"/> gives.</summary>
    public static PendingInspection Of(string told) =>
        told.Split(' ') is ["result", var key, var hex] ? new PendingInspection(null, key, hex) : new PendingInspection(told, null, null);
}

/// <summary>
/// What inspected files name, and who names a file. Inspections are noted by <c>complete.lua</c> with their success and read later, so that none is
/// lost. All methods may throw <see cref="RedisUnavailableException"/>.
/// </summary>
/// <param name="gate">To Redis.</param>
/// <param name="most">Files that are indexed at most.</param>
public sealed class LinkIndex(RedisGate gate, int most = LinkIndex.Most)
{
    /// <summary>Files that are indexed at most.</summary>
    public const int Most = 100_000;

    private static readonly LuaScript Script = LuaScript.Load("links");
    private static readonly RedisKey[] Keys = [RedisKeys.Root];

    /// <summary>Ended inspections that nobody has read yet, oldest first: see <see cref="PendingInspection"/>.</summary>
    public async Task<IReadOnlyList<string>> PendingAsync(int limit, CancellationToken cancellation) =>
        (string[])(await RunAsync(["do", "pending", "limit", limit], cancellation))!;

    /// <summary>Notes what an inspection found.</summary>
    public Task IndexAsync(string job, LinkSubject subject, IReadOnlyList<FileLink> links, CancellationToken cancellation) => RunAsync(
        [
            "do", "index", "job", job, "kind", subject.Kind, "id", subject.Id, "most", most,
            "links", JsonSerializer.Serialize([.. links], JobJson.Default.FileLinkArray),
        ],
        cancellation);

    /// <summary>An inspection that tells nothing.</summary>
    public Task SkipAsync(string job, CancellationToken cancellation) => RunAsync(["do", "skip", "job", job], cancellation);

    /// <summary>Files that name a file, newest inspected first.</summary>
    /// <param name="kind">Which files: one of <see cref="LinkSubject"/>.</param>
    /// <param name="uses">A name, or the end of a path; null for those that lack something.</param>
    /// <param name="offset">How many to pass over.</param>
    /// <param name="limit">Most that are looked at; fewer come back where the end of the path is another's.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>The files, and whether there may be more.</returns>
    public async Task<(IReadOnlyList<LinkedFile> Files, bool More)> ListAsync(
        string kind, string? uses, int offset, int limit, CancellationToken cancellation)
    {
        var reply = (RedisResult[])(await RunAsync(
            ["do", "list", "kind", kind, "name", uses is null ? "" : FileLink.NameOf(uses), "offset", offset, "limit", limit], cancellation))!;
        var files = reply.Select(entry => (RedisValue[])entry!).Select(
            values => new LinkedFile(values[0]!, JsonSerializer.Deserialize((string)values[1]!, JobJson.Default.FileLinkArray)!));
        return ([.. files.Where(file => uses is null || file.Links.Any(link => link.Is(uses)))], reply.Length == limit);
    }

    private Task<RedisResult> RunAsync(RedisValue[] arguments, CancellationToken cancellation) =>
        gate.EvaluateAsync(Script, Keys, arguments, cancellation);
}
