using System.Collections.Concurrent;
using System.Security.Cryptography;
using Workers.Blobs;

namespace Workers.Node.Tests;

/// <summary>A blob store in memory, which can be told to fail: the node's tests look at what the node does, not at stores.</summary>
internal sealed class TestBlobs : IBlobStore
{
    public ConcurrentDictionary<string, byte[]> Stored { get; } = new();

    public Exception? Failure { get; set; }

    public async Task<StoredBlob> StoreAsync(Stream content, long limit, CancellationToken cancellation)
    {
        if (Failure is { } failure) throw failure;
        using var copy = new MemoryStream();
        await content.CopyToAsync(copy, cancellation);
        if (copy.Length > limit) throw new BlobTooLargeException(limit);
        var hex = Convert.ToHexStringLower(SHA256.HashData(copy.ToArray()));
        Stored[hex] = copy.ToArray();
        return new StoredBlob(hex, copy.Length);
    }

    public Task<Stream?> OpenAsync(string hex, CancellationToken cancellation) =>
        Task.FromResult<Stream?>(Stored.TryGetValue(hex, out var bytes) ? new MemoryStream(bytes) : null);

    public Task<string?> PathAsync(string hex, CancellationToken cancellation) => Task.FromResult<string?>(null);

    public Task<bool> ExistsAsync(string hex, CancellationToken cancellation) => Task.FromResult(Stored.ContainsKey(hex));

    public Task DeleteAsync(string hex, CancellationToken cancellation)
    {
        Stored.TryRemove(hex, out _);
        return Task.CompletedTask;
    }
}
