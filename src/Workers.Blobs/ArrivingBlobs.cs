using Workers.Jobs.Assets;

namespace Workers.Blobs;

/// <summary>
/// A blob store, and before it the small outputs that are still in Redis on their way to it. To a reader both are one store.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="arriving">What is on its way.</param>
/// <param name="cache">Keeps small blobs in memory.</param>
public sealed class ArrivingBlobs(IBlobStore store, ArrivingBytes arriving, BlobCache cache) : IBlobStore
{
    /// <summary>Keeps bytes in memory that are about to go to Redis: whoever waits for them in this process reads them from here.</summary>
    public void Keep(CarriedBytes carried) => cache.Keep(carried.Hex, carried.Bytes);

    /// <inheritdoc/>
    public Task<StoredBlob> StoreAsync(Stream content, long limit, CancellationToken cancellation, Func<string, Task>? named = null) =>
        store.StoreAsync(content, limit, cancellation, named);

    /// <inheritdoc/>
    public async Task<Stream?> OpenAsync(string hex, CancellationToken cancellation)
    {
        if (await store.OpenAsync(hex, cancellation) is { } stored)
            return stored;
        if (await arriving.FindAsync(hex, cancellation) is not { } bytes)
            return await store.OpenAsync(hex, cancellation); // They may have arrived between the two looks.
        cache.Keep(hex, bytes);
        return new MemoryStream(bytes, writable: false);
    }

    /// <inheritdoc/>
    public async Task<string?> PathAsync(string hex, CancellationToken cancellation)
    {
        if (await store.PathAsync(hex, cancellation) is { } path)
            return path;
        if (await arriving.FindAsync(hex, cancellation) is { } bytes)
        {
            using var content = new MemoryStream(bytes, writable: false);
            await store.StoreAsync(content, bytes.Length, cancellation);
        }

        return await store.PathAsync(hex, cancellation);
    }

    /// <inheritdoc/>
    public async Task<bool> ExistsAsync(string hex, CancellationToken cancellation) =>
        await store.ExistsAsync(hex, cancellation) || await arriving.HasAsync(hex, cancellation) || await store.ExistsAsync(hex, cancellation);

    /// <inheritdoc/>
    public Task DeleteAsync(string hex, CancellationToken cancellation) => store.DeleteAsync(hex, cancellation);
}
