using System.Security.Cryptography;
using Workers.Blobs;

namespace Workers.Api.Tests.Support;

/// <summary>A folder of blobs as simple as can be.</summary>
internal sealed class TestBlobs(string folder) : IBlobStore
{
    public async Task<StoredBlob> StoreAsync(Stream content, long limit, CancellationToken cancellation)
    {
        using var copy = new MemoryStream();
        var buffer = new byte[81920];
        int read;
        while ((read = await content.ReadAsync(buffer, cancellation)) > 0)
        {
            copy.Write(buffer, 0, read);
            if (copy.Length > limit)
                throw new BlobTooLargeException(limit);
        }

        var hex = Convert.ToHexStringLower(SHA256.HashData(copy.GetBuffer().AsSpan(0, (int)copy.Length)));
        await File.WriteAllBytesAsync(Path.Combine(folder, hex), copy.ToArray(), cancellation);
        return new StoredBlob(hex, copy.Length);
    }

    public Task<Stream?> OpenAsync(string hex, CancellationToken cancellation)
    {
        var path = Path.Combine(folder, hex);
        return Task.FromResult<Stream?>(File.Exists(path) ? File.OpenRead(path) : null);
    }

    public Task<string?> PathAsync(string hex, CancellationToken cancellation) => Task.FromResult<string?>(Path.Combine(folder, hex));

    public Task<bool> ExistsAsync(string hex, CancellationToken cancellation) => Task.FromResult(File.Exists(Path.Combine(folder, hex)));

    public Task DeleteAsync(string hex, CancellationToken cancellation)
    {
        File.Delete(Path.Combine(folder, hex));
        return Task.CompletedTask;
    }
}
