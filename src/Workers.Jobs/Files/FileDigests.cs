using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Workers.Jobs.Files;

/// <summary>SHA-256 of files on this machine: read once, then known by their stamps for as long as these stay the same.</summary>
public sealed class FileDigests : IDisposable
{
    private const int MostKnown = 20_000;
    private const int BufferLength = 1 << 20;
    private const int Tries = 3;

    private readonly ConcurrentDictionary<string, FileDigest> known = new();

    // Reading is for few at a time: they would only take the disk and the processor from each other.
    private readonly SemaphoreSlim reading = new(2);

    /// <summary>The digest where it is known and the file is as it was then; costs one look at the file's times.</summary>
    public FileDigest? Known(string path) =>
        known.TryGetValue(path, out var digest) && FileStamp.Of(path) == digest.Stamp ? digest : null;

    /// <summary>The digest, reading the file where it must; null when there is no regular file, or it changes all the time.</summary>
    public async Task<FileDigest?> OfAsync(string path, CancellationToken cancellation)
    {
        if (Known(path) is { } digest)
            return digest;
        await reading.WaitAsync(cancellation);
        try
        {
            if (Known(path) is { } meanwhile)
                return meanwhile;
            for (var i = 0; i < Tries; i++)
            {
                if (FileStamp.Of(path) is not { } before)
                    return null;
                var hex = await HashAsync(path, cancellation);
                if (FileStamp.Of(path) != before)
                    continue;
                var found = new FileDigest(before, hex);
                if (before.IsSettled(DateTimeOffset.UtcNow))
                    Remember(path, found);
                return found;
            }

            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        finally
        {
            reading.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => reading.Dispose();

    private void Remember(string path, FileDigest digest)
    {
        if (known.Count >= MostKnown)
            known.Clear();
        known[path] = digest;
    }

    private static async Task<string> HashAsync(string path, CancellationToken cancellation)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, BufferLength, FileOptions.SequentialScan);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation));
    }
}

/// <summary>What a file held when it had that stamp.</summary>
/// <param name="Stamp">Its times and size.</param>
/// <param name="Hex">SHA-256, 64 lower-case hex digits.</param>
public readonly record struct FileDigest(FileStamp Stamp, string Hex);
