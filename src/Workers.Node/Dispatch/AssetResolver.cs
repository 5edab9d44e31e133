using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Workers.Blobs;
using Workers.Jobs;
using Workers.Jobs.Assets;
using Workers.Node.Protocol;

namespace Workers.Node.Dispatch;

/// <summary>Turns the assets that an input names into local paths: blobs by their digest, and files under configured roots.</summary>
internal sealed class AssetResolver(IBlobStore blobs, AssetRegistry registry, IReadOnlyDictionary<string, string> roots)
{
    private const string RootPrefix = "root:";
    private const int MaxKnown = 10_000;

    // Name and type of a digest never change once given, and a job in hand keeps its assets: no need to ask Redis each time.
    private readonly ConcurrentDictionary<string, AssetRecord> known = new();

    /// <summary>An entry for every asset string in the input.</summary>
    /// <exception cref="InputException">One is not stored, not under a configured root, or not a file.</exception>
    public async Task<IReadOnlyDictionary<string, CallAsset>> ResolveAsync(JsonElement schema, JsonObject input, CancellationToken cancellation)
    {
        var resolved = new Dictionary<string, CallAsset>();
        foreach (var reference in AssetReferences.Find(schema, input))
        {
            if (!resolved.ContainsKey(reference.Text))
                resolved.Add(reference.Text, await ResolveAsync(reference, cancellation));
        }

        return resolved;
    }

    /// <summary>Whether what a worker holds under this identity is still what its name means; a blob always is.</summary>
    public bool IsCurrent(string identity)
    {
        var reference = AssetIdentity.ReferenceOf(identity);
        if (!reference.StartsWith(RootPrefix, StringComparison.Ordinal))
            return true;
        try
        {
            return UnderRoot(new AssetReference("", reference)).Id == identity;
        }
        catch (Exception error) when (error is InputException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private Task<CallAsset> ResolveAsync(AssetReference reference, CancellationToken cancellation)
    {
        if (AssetId.TryParse(reference.Text, out var hex))
            return BlobAsync(reference, hex, cancellation);
        if (reference.Text.StartsWith(RootPrefix, StringComparison.Ordinal))
            return Task.FromResult(UnderRoot(reference));
        throw Missing(reference, "is neither sha256: with 64 hex digits nor root:NAME/path");
    }

    private async Task<CallAsset> BlobAsync(AssetReference reference, string hex, CancellationToken cancellation)
    {
        var path = await blobs.PathAsync(hex, cancellation) ?? throw Missing(reference, "is not stored; upload it again and submit a new job");
        var record = await FindAsync(hex, cancellation);
        return new CallAsset(path, reference.Text, record?.Name, record?.MediaType);
    }

    private async Task<AssetRecord?> FindAsync(string hex, CancellationToken cancellation)
    {
        if (known.TryGetValue(hex, out var record))
            return record;
        var found = await registry.FindAsync(hex, touch: false, cancellation);
        if (known.Count >= MaxKnown)
            known.Clear();
        if (found is not null)
            known[hex] = found;
        return found;
    }

    private CallAsset UnderRoot(AssetReference reference)
    {
        var named = reference.Text[RootPrefix.Length..];
        var slash = named.IndexOf('/', StringComparison.Ordinal);
        if (slash < 1 || slash == named.Length - 1)
            throw Missing(reference, "is not root:NAME/path");
        if (!roots.TryGetValue(named[..slash], out var root))
            throw Missing(reference, "names a root that this node does not have");

        var beneath = named[(slash + 1)..];
        if (beneath.Contains('\0') || beneath.Split('/').Any(part => part is "" or "." or ".."))
            throw Missing(reference, "is not a plain path beneath its root");
        var file = new FileInfo(Path.Combine(root, beneath));
        if (!file.Exists)
            throw Missing(reference, "is not a file");

        // Links may be used inside a root, but none may lead out of it.
        var real = RealPath(file.FullName);
        if (!real.StartsWith(RealPath(root).TrimEnd('/') + "/", StringComparison.Ordinal))
            throw Missing(reference, "leads out of its root");
        return new CallAsset(real, AssetIdentity.OfRootFile(reference.Text, new FileInfo(real)), file.Name, null);
    }

    /// <summary>The path without links.</summary>
    internal static string RealPath(string path)
    {
        var real = Path.GetPathRoot(path) ?? "/";
        foreach (var part in path[real.Length..].Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var next = Path.Combine(real, part);
            var target = Directory.ResolveLinkTarget(next, returnFinalTarget: true);

            // The target's own folders may be links again.
            real = target is null ? next : RealPath(target.FullName);
        }

        return real;
    }

    private static InputException Missing(AssetReference reference, string why) =>
        new(new JobFailure(FailureKinds.InvalidInput, $"The asset '{reference.Text}' {why}.", Pointer: reference.Pointer));
}
