using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Workers.Api.Assets;
using Workers.Api.Problems;
using Workers.Api.Schemas;
using Workers.Blobs;
using Workers.Jobs;
using Workers.Jobs.Assets;
using Workers.Jobs.Configuration;

namespace Workers.Api.Fetching;

/// <summary>
/// Makes assets of the URLs in an input: each is fetched into the blob store and named by its content from then on, so that the job means the same
/// bytes for ever.
/// </summary>
internal sealed partial class UrlAssets(
    UrlFetcher fetcher, FetchedUrls memory, AssetIntake intake, AssetRegistry registry, IBlobStore blobs, ServerSettings settings, TimeProvider time,
    ILogger<UrlAssets> logger) : IDisposable
{
    /// <summary>URLs of one input.</summary>
    public const int Most = 100;

    private const int AtOnceOfOne = 4;
    private const int AtOnce = 16;

    private readonly SemaphoreSlim room = new(AtOnce);
    private readonly UrlTurns turns = new(time);

    /// <summary>Replaces every URL by the asset that it is now.</summary>
    /// <param name="names">The assets of the input; URLs among them are checked already.</param>
    /// <param name="cancellation">The client left.</param>
    /// <returns>The assets of the input as it is now.</returns>
    /// <exception cref="ProblemException">One is refused or was not delivered; or there are too many.</exception>
    public async Task<IReadOnlyList<AssetString>> ReplaceAsync(IReadOnlyList<AssetString> names, CancellationToken cancellation)
    {
        var urls = names.Where(name => FetchRules.IsUrl(name.Value)).GroupBy(name => name.Value).ToList();
        if (urls.Count > Most)
            throw FetchException.Refused($"There are {urls.Count} URLs; at most {Most} are fetched for one job.").At(urls[Most].First().Pointer);
        var ids = new string[urls.Count];
        await Parallel.ForAsync(
            0, urls.Count, new ParallelOptions { MaxDegreeOfParallelism = AtOnceOfOne, CancellationToken = cancellation },
            async (index, token) => ids[index] = AssetId.Of(await TakeAsync(urls[index].First(), token)));
        var replaced = urls.Zip(ids).ToDictionary(pair => pair.First.Key, pair => pair.Second);
        return [.. names.Select(name => replaced.TryGetValue(name.Value, out var id) ? Replace(name, id) : name)];
    }

    /// <inheritdoc/>
    public void Dispose() => room.Dispose();

    private static AssetString Replace(AssetString name, string id)
    {
        var value = JsonValue.Create(id);
        name.Node.ReplaceWith(value);
        return name with { Value = id, Node = value };
    }

    private async Task<string> TakeAsync(AssetString name, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(settings.Fetch.Seconds));
        var url = new Uri(name.Value);
        try
        {
            return await turns.TakeAsync(FetchedUrl.Key(url), () => FetchAsync(url, limit.Token), limit.Token);
        }
        catch (FetchException error)
        {
            throw error.At(name.Pointer);
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            throw new FetchException(
                ProblemKinds.UrlTimeout, $"'{url.IdnHost}' did not send the file within {settings.Fetch.Seconds} s (fetch.seconds).", error)
                .At(name.Pointer);
        }
    }

    private async Task<string> FetchAsync(Uri url, CancellationToken cancellation)
    {
        await room.WaitAsync(cancellation);
        try
        {
            var known = await memory.FindAsync(url, cancellation);
            // Not worth asking whether it changed when the bytes are not here any more. Looking at them keeps them for another day.
            if (known is not null
                && (await registry.FindAsync(known.Hex, touch: true, cancellation) is null || !await blobs.ExistsAsync(known.Hex, cancellation)))
                known = null;
            using var file = await fetcher.GetAsync(url, known, cancellation);
            if (file.Body is null)
            {
                LogUnchanged(url.IdnHost, known!.Hex);
                return known.Hex;
            }

            var content = await PeekedStream.OpenAsync(file.Body, FileKinds.PrefixLength, cancellation);
            var taken = await intake.TakeAsync(content, file.Name, file.ContentType, expected: null, cancellation);
            var (tag, modified) = file.Validators;
            if (tag is not null || modified is not null)
                await memory.RememberAsync(url, new FetchedUrl(taken.Record.Hex, FetchedUrl.Key(file.Url), tag, modified), cancellation);
            LogFetched(url.IdnHost, taken.Record.Size, taken.Record.Hex);
            return taken.Record.Hex;
        }
        finally
        {
            room.Release();
        }
    }

    // The host alone: the rest of a URL may hold a secret.
    [LoggerMessage(Level = LogLevel.Information, Message = "Fetched {Bytes} bytes from {Host}: sha256:{Hex}")]
    private partial void LogFetched(string host, long bytes, string hex);

    [LoggerMessage(Level = LogLevel.Debug, Message = "What {Host} has is still sha256:{Hex}")]
    private partial void LogUnchanged(string host, string hex);
}
