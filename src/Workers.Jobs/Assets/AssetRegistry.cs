using Workers.Jobs.Redis;

namespace Workers.Jobs.Assets;

/// <summary>What Redis knows of stored bytes: media type, size, name, references, when last touched.</summary>
public sealed class AssetRegistry(RedisGate gate)
{
    /// <summary>Registers stored bytes, or refreshes <c>touched</c> of known ones; removes a mark for deletion.</summary>
    /// <returns>True when they were not known before.</returns>
    public Task<bool> RegisterAsync(AssetRecord asset, CancellationToken cancellation) => throw new NotImplementedException(gate.ToString());

    /// <summary>The asset, or null; refreshes <c>touched</c> when asked to.</summary>
    public Task<AssetRecord?> FindAsync(string hex, bool touch, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Which of these are not registered; refreshes <c>touched</c> of the others.</summary>
    public Task<IReadOnlyList<string>> MissingAsync(IReadOnlyList<string> hexes, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Newest touched first; optional filters; at most <paramref name="limit"/>, from <paramref name="offset"/>.</summary>
    public Task<IReadOnlyList<AssetRecord>> ListAsync(
        string? name, string? mediaType, int offset, int limit, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Removes the record when no job references it.</summary>
    public Task<AssetDeletion> DeleteAsync(string hex, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Marks unreferenced assets untouched for that long, at most <paramref name="limit"/>, and gives their hexes: their bytes may be deleted now.</summary>
    public Task<IReadOnlyList<string>> MarkUnusedAsync(TimeSpan untouchedFor, int limit, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>After the bytes are deleted: forgets the record, unless it was registered anew meanwhile.</summary>
    public Task UnmarkAsync(string hex, CancellationToken cancellation) => throw new NotImplementedException();
}

/// <summary>A stored blob's record.</summary>
/// <param name="Hex">SHA-256, 64 lower-case hex digits.</param>
/// <param name="Size">Bytes.</param>
/// <param name="MediaType">Its type.</param>
/// <param name="Name">File name it came with, if any.</param>
/// <param name="References">Jobs that use it.</param>
public sealed record AssetRecord(string Hex, long Size, string MediaType, string? Name, long References = 0);

/// <summary>What a deletion was answered.</summary>
public enum AssetDeletion
{
    /// <summary>Not known.</summary>
    Unknown,

    /// <summary>Forgotten; the bytes may go.</summary>
    Deleted,

    /// <summary>Jobs use it.</summary>
    InUse,
}
