namespace Workers.Blobs.S3;

/// <summary>
/// This machine's copies of remote blobs: the least recently used go when they are too many, but none that was used in the last minutes, because
/// an engine may be about to open it.
/// </summary>
internal sealed class LocalCopies
{
    private static readonly TimeSpan InUse = TimeSpan.FromMinutes(10);
    private const double KeptShare = 0.9;

    private readonly FolderBlobStore files;
    private readonly string folder;
    private readonly long capacity;
    private readonly TimeProvider clock;
    private readonly Lock gate = new();
    private long size;

    /// <summary>Takes over what an earlier run left in the folder.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="capacity">Bytes kept.</param>
    /// <param name="cache">Small blobs in memory.</param>
    /// <param name="clock">Tells what was used lately.</param>
    public LocalCopies(string folder, long capacity, BlobCache cache, TimeProvider? clock = null)
    {
        (this.folder, this.capacity, this.clock) = (folder, capacity, clock ?? TimeProvider.System);
        files = new FolderBlobStore(folder, durable: false, cache);
        size = Files().Sum(file => file.Length);
    }

    /// <summary>Bytes of all copies.</summary>
    public long Size
    {
        get
        {
            lock (gate) return size;
        }
    }

    /// <summary>Keeps a copy of a stream and tells its digest.</summary>
    public async Task<StoredBlob> AddAsync(Stream content, long limit, CancellationToken cancellation)
    {
        var blob = await files.StoreAsync(content, limit, cancellation);
        Touch(await files.PathAsync(blob.Hex, cancellation));
        lock (gate) size += blob.Size; // A copy that was there already is counted twice until the next look at the folder.
        Evict();
        return blob;
    }

    /// <summary>The copy, or null.</summary>
    public Task<Stream?> OpenAsync(string hex, CancellationToken cancellation) => files.OpenAsync(hex, cancellation);

    /// <summary>Its path, or null. Counts as use.</summary>
    public async Task<string?> PathAsync(string hex, CancellationToken cancellation)
    {
        var path = await files.PathAsync(hex, cancellation);
        Touch(path);
        return path;
    }

    /// <summary>Forgets a copy.</summary>
    public Task RemoveAsync(string hex, CancellationToken cancellation) => files.DeleteAsync(hex, cancellation);

    private void Evict()
    {
        lock (gate)
        {
            if (size <= capacity)
                return;
            var all = Files().OrderBy(file => file.LastAccessTimeUtc).ToList();
            size = all.Sum(file => file.Length);
            var unusedSince = clock.GetUtcNow().UtcDateTime - InUse;
            foreach (var file in all.TakeWhile(file => file.LastAccessTimeUtc < unusedSince))
            {
                if (size <= capacity * KeptShare)
                    return;
                size -= file.Length;
                file.Delete(); // Whoever has it open keeps its bytes.
            }
        }
    }

    // Said expressly, because file systems are often mounted so that reading leaves no trace.
    private void Touch(string? path)
    {
        try
        {
            if (path is not null)
                File.SetLastAccessTimeUtc(path, clock.GetUtcNow().UtcDateTime);
        }
        catch (FileNotFoundException)
        {
            // Evicted in this moment; it is fetched again.
        }
    }

    private IEnumerable<FileInfo> Files() =>
        new DirectoryInfo(Path.Combine(folder, "sha256")).EnumerateFiles("*", SearchOption.AllDirectories);
}
