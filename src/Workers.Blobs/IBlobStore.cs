namespace Workers.Blobs;

/// <summary>Bytes by their SHA-256. Two stores: a folder (maybe a shared mount), and S3.</summary>
public interface IBlobStore
{
    /// <summary>Stores a stream; durable when this returns. Storing known bytes again is cheap and harmless.</summary>
    /// <param name="content">Read to its end, at most <paramref name="limit"/> bytes.</param>
    /// <param name="limit">Largest size in bytes.</param>
    /// <param name="cancellation">Stops; nothing is left behind.</param>
    /// <param name="named">Is told the digest before the bytes are there under it; where it throws, they are not stored.</param>
    /// <exception cref="BlobTooLargeException">More than <paramref name="limit"/> bytes.</exception>
    Task<StoredBlob> StoreAsync(Stream content, long limit, CancellationToken cancellation, Func<string, Task>? named = null);

    /// <summary>Opens stored bytes for reading (seekable), or null when they are not there.</summary>
    Task<Stream?> OpenAsync(string hex, CancellationToken cancellation);

    /// <summary>A local, read-only path with these bytes, or null when they are not there (S3: from the node's cache).</summary>
    Task<string?> PathAsync(string hex, CancellationToken cancellation);

    /// <summary>Whether the bytes are there.</summary>
    Task<bool> ExistsAsync(string hex, CancellationToken cancellation);

    /// <summary>Deletes bytes; harmless when they are not there.</summary>
    Task DeleteAsync(string hex, CancellationToken cancellation);
}

/// <summary>What was stored.</summary>
/// <param name="Hex">SHA-256, 64 lower-case hex digits.</param>
/// <param name="Size">Bytes.</param>
public sealed record StoredBlob(string Hex, long Size);

/// <summary>The content is larger than allowed. HTTP: 413.</summary>
public sealed class BlobTooLargeException(long limit) : Exception($"The content is larger than the {limit} bytes allowed here.")
{
    /// <summary>The limit in bytes.</summary>
    public long Limit { get; } = limit;
}
