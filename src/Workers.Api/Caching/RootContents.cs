using Workers.Api.Assets;
using Workers.Jobs.Configuration;
using Workers.Jobs.Files;

namespace Workers.Api.Caching;

/// <summary>What files below configured roots hold now: read once, then known by their times. For comparing only; nothing of them is answered.</summary>
internal sealed class RootContents(ServerSettings settings, FileDigests digests)
{
    /// <summary>SHA-256 in hex of <c>root:NAME/path</c>, or null where there is no such file.</summary>
    public async ValueTask<string?> DigestAsync(string name, CancellationToken cancellation) =>
        PathOf(name) is { } path ? (await digests.OfAsync(path, cancellation))?.Hex : null;

    /// <summary>Whether these files all hold what they held.</summary>
    /// <param name="files">By <c>root:NAME/path</c> with their SHA-256 in hex.</param>
    /// <param name="cancellation">Stops reading.</param>
    public async ValueTask<bool> AreAsync(IReadOnlyDictionary<string, string> files, CancellationToken cancellation)
    {
        foreach (var (name, digest) in files)
        {
            if (await DigestAsync(name, cancellation) != digest)
                return false;
        }

        return true;
    }

    /// <summary>The same without reading: false also where a file would have to be read.</summary>
    public bool AreKnownToBe(IReadOnlyDictionary<string, string> files)
    {
        foreach (var (name, digest) in files)
        {
            if (PathOf(name) is not { } path || digests.Known(path)?.Hex != digest)
                return false;
        }

        return true;
    }

    private string? PathOf(string name)
    {
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        return slash > RootFiles.Prefix.Length && settings.Roots.TryGetValue(name[RootFiles.Prefix.Length..slash], out var folder)
            ? Path.Combine(folder, name[(slash + 1)..])
            : null;
    }
}
