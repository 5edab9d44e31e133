using System.Collections.Concurrent;
using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Workers.Jobs.Configuration;

namespace Workers.Blobs.S3;

/// <summary>
/// Blobs as objects <c>prefix + sha256/ab/abcd…</c> of a bucket. What is stored or read passes through this machine's copies, which engines open as
/// files and which answer again without the network.
/// </summary>
internal sealed class S3BlobStore(IAmazonS3 client, S3Settings settings, LocalCopies copies) : IBlobStore, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private const long SlowestBytesPerSecond = 1 << 20;

    private readonly ConcurrentDictionary<string, Lazy<Task<bool>>> fetches = new();

    /// <inheritdoc/>
    public async Task<StoredBlob> StoreAsync(Stream content, long limit, CancellationToken cancellation, Func<string, Task>? named = null)
    {
        // The name is the digest, which is known only when all bytes were seen: they are copied here first.
        var blob = await copies.AddAsync(content, limit, cancellation);
        if (named is not null)
            await named(blob.Hex);
        if (await SizeAsync(blob.Hex, cancellation) == blob.Size)
            return blob;
        await using var copy = await copies.OpenAsync(blob.Hex, cancellation)
            ?? throw new IOException($"The copy of {blob.Hex} was removed while it was being stored.");
        using var limited = Limit(blob.Size, cancellation);
        // In one piece, which is there whole or not at all; and not in chunks signed one by one, which only Amazon's own servers understand.
        var request = new PutObjectRequest
        {
            BucketName = settings.Bucket, Key = KeyOf(blob.Hex), InputStream = copy, AutoCloseStream = false, UseChunkEncoding = false,
        };
        await AskAsync("store", blob.Hex, () => client.PutObjectAsync(request, limited.Token), cancellation);
        return blob;
    }

    /// <inheritdoc/>
    public async Task<Stream?> OpenAsync(string hex, CancellationToken cancellation)
    {
        if (await copies.OpenAsync(hex, cancellation) is { } copy)
            return copy;
        return await FetchAsync(hex, cancellation) ? await copies.OpenAsync(hex, cancellation) : null;
    }

    /// <inheritdoc/>
    public async Task<string?> PathAsync(string hex, CancellationToken cancellation)
    {
        if (await copies.PathAsync(hex, cancellation) is { } path)
            return path;
        return await FetchAsync(hex, cancellation) ? await copies.PathAsync(hex, cancellation) : null;
    }

    /// <inheritdoc/>
    public async Task<bool> ExistsAsync(string hex, CancellationToken cancellation) => await SizeAsync(hex, cancellation) is not null;

    /// <inheritdoc/>
    public async Task DeleteAsync(string hex, CancellationToken cancellation)
    {
        await copies.RemoveAsync(hex, cancellation);
        using var limited = Limit(0, cancellation);
        await AskAsync("delete", hex, () => client.DeleteObjectAsync(settings.Bucket, KeyOf(hex), limited.Token), cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    // Whoever asks for the same bytes at the same time waits for the same download; one that leaves does not end it for the others.
    private async Task<bool> FetchAsync(string hex, CancellationToken cancellation)
    {
        var fetch = fetches.GetOrAdd(hex, name => new Lazy<Task<bool>>(() => DownloadAsync(name)));
        return await fetch.Value.WaitAsync(cancellation);
    }

    private async Task<bool> DownloadAsync(string hex)
    {
        try
        {
            using var limited = Limit(0, CancellationToken.None);
            return await AskAsync("read", hex, async () =>
            {
                using var reply = await client.GetObjectAsync(settings.Bucket, KeyOf(hex), limited.Token);
                limited.CancelAfter(LimitOf(reply.ContentLength));
                var copy = await copies.AddAsync(reply.ResponseStream, long.MaxValue, limited.Token);
                if (copy.Hex == hex)
                    return true;
                await copies.RemoveAsync(copy.Hex, CancellationToken.None);
                throw new InvalidDataException($"The object {KeyOf(hex)} holds other bytes than its name says.");
            }, CancellationToken.None);
        }
        finally
        {
            fetches.TryRemove(hex, out _);
        }
    }

    private async Task<long?> SizeAsync(string hex, CancellationToken cancellation)
    {
        using var limited = Limit(0, cancellation);
        return (await AskAsync(
            "look for", hex, () => client.GetObjectMetadataAsync(settings.Bucket, KeyOf(hex), limited.Token), cancellation))?.ContentLength;
    }

    private static CancellationTokenSource Limit(long size, CancellationToken cancellation)
    {
        var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(LimitOf(size));
        return limited;
    }

    private static TimeSpan LimitOf(long size) => Patience + TimeSpan.FromSeconds((double)size / SlowestBytesPerSecond);

    // default: there is no such object.
    private async Task<T?> AskAsync<T>(string verb, string hex, Func<Task<T>> call, CancellationToken cancellation)
    {
        try
        {
            return await call();
        }
        catch (AmazonServiceException missing) when (missing is { StatusCode: HttpStatusCode.NotFound, ErrorCode: not "NoSuchBucket" })
        {
            return default;
        }
        catch (Exception error) when (error is AmazonServiceException or AmazonClientException or HttpRequestException or TimeoutException
            || (error is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new BlobStoreUnavailableException(
                $"Could not {verb} {hex[..12]}… in bucket {settings.Bucket} at {settings.Endpoint}: {error.Message}", error);
        }
    }

    private string KeyOf(string hex) => $"{settings.Prefix}sha256/{hex[..2]}/{hex}";
}
