using System.Buffers.Binary;
using System.Diagnostics;
using Workers.Blobs;
using Workers.Testing;

namespace Workers.Bench.Setup;

/// <summary>The blob store alone, as durable as a server of that durability makes it.</summary>
internal sealed class BareStore : IDisposable
{
    private const int PictureBytes = 400; // A testcard of 64 px.

    private readonly TempFolder folder = new();
    private readonly FolderBlobStore store;

    public BareStore(TestDurability durability) => store = new FolderBlobStore(folder.FullPath, durability == TestDurability.Always, new BlobCache());

    /// <summary>Stores a picture that differs by its seed.</summary>
    /// <returns>Seconds.</returns>
    public async Task<double> StoreAsync(long seed, CancellationToken cancellation)
    {
        var picture = new byte[PictureBytes];
        BinaryPrimitives.WriteInt64LittleEndian(picture, seed);
        var began = Stopwatch.GetTimestamp();
        using var content = new MemoryStream(picture, writable: false);
        await store.StoreAsync(content, PictureBytes, cancellation);
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    public void Dispose() => folder.Dispose();
}
