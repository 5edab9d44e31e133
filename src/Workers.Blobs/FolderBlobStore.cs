using System.Buffers;
using System.Security.Cryptography;
using Workers.Jobs;
using Workers.Jobs.Files;

namespace Workers.Blobs;

/// <summary>
/// Blobs as files: <c>sha256/ab/abcd…</c> below a folder, which may be a shared mount. Written under a temporary name beside them, synced, then
/// renamed, so that a file of the right name always holds the right bytes. Small ones are also kept in memory for a while.
/// </summary>
public sealed class FolderBlobStore : IBlobStore
{
    private const int BufferLength = 128 * 1024;
    private const int BadDisk = 5; // EIO and the next: errno as .NET gives it in HResult.
    private const int NoSpace = 28;
    private const int ReadOnlyFileSystem = 30;
    private const int QuotaExceeded = 122;
    private const UnixFileMode ReadOnly = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private static readonly TimeSpan LeftoverAge = TimeSpan.FromDays(1);

    private readonly string blobs;
    private readonly string temporary;
    private readonly bool durable;
    private readonly BlobCache cache;

    /// <summary>Opens or creates the store, and removes what interrupted writes left more than a day ago.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="durable">Whether a stored blob must survive a power loss: file and folder are synced to the disk.</param>
    /// <param name="cache">Keeps small blobs in memory.</param>
    public FolderBlobStore(string folder, bool durable, BlobCache cache)
    {
        blobs = Path.Combine(folder, "sha256");
        temporary = Path.Combine(folder, "incoming");
        (this.durable, this.cache) = (durable, cache);
        PrivateFiles.CreateFolder(folder);
        Directory.CreateDirectory(blobs);
        Directory.CreateDirectory(temporary);
        Sync(folder);
        foreach (var leftover in new DirectoryInfo(temporary).EnumerateFiles())
        {
            if (DateTime.UtcNow - leftover.LastWriteTimeUtc > LeftoverAge)
                leftover.Delete();
        }
    }

    /// <inheritdoc/>
    public async Task<StoredBlob> StoreAsync(Stream content, long limit, CancellationToken cancellation, Func<string, Task>? named = null)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        try
        {
            // What fits the buffer is hashed before anything is written: known bytes cost no write at all.
            var filled = await content.ReadAtLeastAsync(buffer, BufferLength, throwOnEndOfStream: false, cancellation);
            if (filled > limit)
                throw new BlobTooLargeException(limit);
            return filled < BufferLength
                ? await StoreSmallAsync(buffer.AsMemory(0, filled), named)
                : await StoreLargeAsync(buffer, filled, content, limit, named, cancellation);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <inheritdoc/>
    public Task<Stream?> OpenAsync(string hex, CancellationToken cancellation)
    {
        if (cache.Find(hex) is { } bytes)
            return Task.FromResult<Stream?>(new MemoryStream(bytes, writable: false));
        var path = PathOf(hex);
        if (!IsStored(path))
            return Task.FromResult<Stream?>(null);
        try
        {
            return Task.FromResult<Stream?>(new FileStream(
                path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, BufferLength, FileOptions.Asynchronous));
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return Task.FromResult<Stream?>(null); // Deleted in this moment.
        }
    }

    /// <inheritdoc/>
    public Task<string?> PathAsync(string hex, CancellationToken cancellation)
    {
        var path = PathOf(hex);
        return Task.FromResult(IsStored(path) ? path : null);
    }

    /// <inheritdoc/>
    public Task<bool> ExistsAsync(string hex, CancellationToken cancellation) => Task.FromResult(IsStored(PathOf(hex)));

    /// <inheritdoc/>
    public Task DeleteAsync(string hex, CancellationToken cancellation)
    {
        cache.Remove(hex);
        if (Directory.Exists(Path.GetDirectoryName(PathOf(hex))))
            File.Delete(PathOf(hex));
        return Task.CompletedTask;
    }

    private async Task<StoredBlob> StoreSmallAsync(ReadOnlyMemory<byte> bytes, Func<string, Task>? named)
    {
        var hex = Convert.ToHexStringLower(SHA256.HashData(bytes.Span));
        if (named is not null)
            await named(hex);
        if (!IsStored(PathOf(hex), bytes.Length))
        {
            await WriteAsync(file =>
            {
                file.Write(bytes.Span); // Into the system's cache: quicker than a turn through the thread pool.
                return Task.FromResult(hex);
            });
        }
        else
        {
            // Whoever renamed it may not have synced the folder yet; what is told to be stored must be.
            Sync(Path.GetDirectoryName(PathOf(hex))!);
        }

        cache.Keep(hex, bytes);
        return new StoredBlob(hex, bytes.Length);
    }

    private async Task<StoredBlob> StoreLargeAsync(
        byte[] buffer, int filled, Stream content, long limit, Func<string, Task>? named, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var size = 0L;
        var hex = await WriteAsync(async file =>
        {
            while (filled > 0)
            {
                hash.AppendData(buffer, 0, filled);
                size += filled;
                if (size > limit)
                    throw new BlobTooLargeException(limit);
                await file.WriteAsync(buffer.AsMemory(0, filled), cancellation);
                filled = await content.ReadAsync(buffer.AsMemory(0, BufferLength), cancellation);
            }

            var name = Convert.ToHexStringLower(hash.GetHashAndReset());
            if (named is not null)
                await named(name);
            return name;
        });
        return new StoredBlob(hex, size);
    }

    /// <summary>
    /// Whether a blob of ours is there: a regular file, never a link, and of that size where one is given (a power loss can leave an empty one that
    /// was not synced).
    /// </summary>
    private static bool IsStored(string path, long? size = null)
    {
        var file = new FileInfo(path);
        return file.Exists && (file.Attributes & FileAttributes.ReparsePoint) == 0 && (size is null || file.Length == size);
    }

    // The writer tells the digest of what it wrote. Whatever goes wrong, the temporary file does not stay.
    private async Task<string> WriteAsync(Func<FileStream, Task<string>> write)
    {
        var name = Path.Combine(temporary, Guid.NewGuid().ToString("N"));
        try
        {
            string hex;
            await using (var file = new FileStream(name, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                hex = await write(file);
                if (!OperatingSystem.IsWindows())
                    File.SetUnixFileMode(file.SafeFileHandle, ReadOnly);
                if (durable)
                    file.Flush(flushToDisk: true);
            }

            var folder = Path.GetDirectoryName(PathOf(hex))!;
            if (!Directory.Exists(folder))
            {
                Directory.CreateDirectory(folder);
                Sync(blobs);
            }

            File.Move(name, PathOf(hex), overwrite: true);
            Sync(folder);
            return hex;
        }
        catch (Exception error)
        {
            File.Delete(name);
            if (error is UnauthorizedAccessException or IOException { HResult: NoSpace or QuotaExceeded or ReadOnlyFileSystem or BadDisk })
                throw new BlobStoreUnavailableException($"The blob folder {blobs} takes nothing: {error.Message}", error);
            throw;
        }
    }

    private void Sync(string folder)
    {
        if (durable)
            FolderSync.Sync(folder);
    }

    // Only 64 hex digits ever become part of a path.
    private string PathOf(string hex) =>
        AssetId.IsHex(hex)
            ? Path.Combine(blobs, hex[..2], hex)
            : throw new ArgumentException($"'{hex}' is not 64 lower-case hex digits.", nameof(hex));
}
