using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Workers.Api.Http;
using Workers.Api.Problems;
using Workers.Blobs;
using Workers.Contracts;
using Workers.Jobs;
using Workers.Jobs.Assets;
using Workers.Jobs.Configuration;

namespace Workers.Api.Assets;

/// <summary>What came in.</summary>
/// <param name="Record">As registered.</param>
/// <param name="IsNew">False: the same bytes were known.</param>
internal sealed record TakenAsset(AssetRecord Record, bool IsNew)
{
    /// <summary><c>sha256:…</c></summary>
    public string Id => AssetId.Of(Record.Hex);

    /// <summary>The extensions it may count as: by its content, as far as that tells, then by its name. None when neither tells.</summary>
    public IReadOnlyList<string> Extensions =>
    [
        .. new[] { FileKinds.OfMediaType(Record.MediaType)?.Extension, FileNames.Extension(Record.Name) }.OfType<string>().Distinct(),
    ];

    /// <summary>For the wire.</summary>
    public AssetDocument Document => new(Id, Record.Name, Record.MediaType, Record.Size);
}

/// <summary>Takes uploads: streamed into the blob store, then registered.</summary>
internal sealed class AssetIntake(IBlobStore blobs, AssetRegistry registry, ServerSettings settings)
{
    /// <summary>Lets this request's body be as large as an upload may be.</summary>
    public void AllowUpload(HttpContext context)
    {
        // Parts and boundaries need a little more than the file.
        const long Frame = 1 << 20;
        if (context.Request.ContentLength > settings.UploadBytes + Frame)
            throw new BlobTooLargeException(settings.UploadBytes);
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = settings.UploadBytes + Frame;
    }

    /// <summary>Stores and registers a stream.</summary>
    /// <param name="content">Its first bytes tell its kind.</param>
    /// <param name="name">The name it came with; sanitised here.</param>
    /// <param name="contentType">What the sender says it is.</param>
    /// <param name="expected">The digest it must have, in hex.</param>
    /// <param name="cancellation">The client left.</param>
    /// <exception cref="ProblemException">422: other bytes than announced.</exception>
    /// <exception cref="BlobTooLargeException">413.</exception>
    public async Task<TakenAsset> TakeAsync(
        PeekedStream content, string? name, string? contentType, string? expected, CancellationToken cancellation)
    {
        var label = FileNames.Sanitize(name);
        var kind = FileKinds.Sniff(content.Prefix);
        var mediaType = MediaType(contentType, label, kind);
        // Expected first: should this process end before they are registered, the sweep finds the bytes all the same.
        var blob = await blobs.StoreAsync(content, settings.UploadBytes, cancellation, hex => registry.ExpectAsync([hex], cancellation));
        // An engine tells a file's kind by its name, so bytes that came without one get one.
        label ??= (kind ?? FileKinds.OfMediaType(mediaType)) is { } known ? $"file.{known.Extension}" : null;
        var record = new AssetRecord(blob.Hex, blob.Size, mediaType, label);
        // Wrong bytes are registered as well: what is stored must be known, so that it can be cleaned up.
        var registration = await registry.RegisterAsync(record, cancellation);
        if (expected is not null && expected != blob.Hex)
        {
            throw new Problem(
                ProblemKinds.DigestMismatch,
                $"The bytes have the SHA-256 {blob.Hex}, announced was {expected}. They were changed on the way; send them again.")
                .AsException();
        }

        if (registration == AssetRegistration.BeingDeleted)
        {
            throw new Problem(ProblemKinds.StoreFailed, $"sha256:{blob.Hex} is being deleted at this moment; send it again.")
            {
                RetryAfter = TimeSpan.FromSeconds(1),
            }.AsException();
        }

        // Known bytes keep the name that they have: the answer says it.
        var isNew = registration == AssetRegistration.New;
        return new TakenAsset(isNew ? record : await registry.FindAsync(blob.Hex, touch: false, cancellation) ?? record, isNew);
    }

    private static string MediaType(string? contentType, string? name, FileKind? sniffed)
    {
        var said = MediaTypeHeaderValue.TryParse(contentType, out var parsed) ? parsed.MediaType.Value : null;
        // curl says "form" of every --data-binary and "octet-stream" of every -F file: neither tells anything.
        var telling = said is null or FileKinds.UnknownMediaType or "application/x-www-form-urlencoded" ? null : said;
        return sniffed?.MediaType ?? FileKinds.OfExtension(FileNames.Extension(name))?.MediaType ?? telling ?? FileKinds.UnknownMediaType;
    }
}
