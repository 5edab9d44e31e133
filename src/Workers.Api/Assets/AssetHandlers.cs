using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Workers.Api.Http;
using Workers.Api.Jobs;
using Workers.Api.Problems;
using Workers.Blobs;
using Workers.Contracts;
using Workers.Jobs;
using Workers.Jobs.Assets;

namespace Workers.Api.Assets;

/// <summary>Upload, download, list and delete of assets.</summary>
internal sealed class AssetHandlers(AssetIntake intake, AssetRegistry registry, LinkIndex links, IBlobStore blobs)
{
    private const int MostAskedAbout = 1000;

    /// <summary>Stores a body, or the one file of a form: 201, known bytes 200.</summary>
    public async Task<IResult> PostAsync(HttpContext context, string? filename)
    {
        intake.AllowUpload(context);
        return Stored(context, MultipartBody.Is(context.Request) ? await FormAsync(context) : await RawAsync(context, filename, null));
    }

    /// <summary>Stores a body whose digest is in the path.</summary>
    public async Task<IResult> PutAsync(HttpContext context, string hex, string? filename)
    {
        RequireHex(hex);
        intake.AllowUpload(context);
        return Stored(context, await RawAsync(context, filename, hex));
    }

    /// <summary>The bytes, to be saved under the asset's name or another.</summary>
    public async Task<IResult> GetAsync(HttpContext context, string hex, string? filename)
    {
        RequireHex(hex);
        var record = await registry.FindAsync(hex, touch: true, context.RequestAborted);
        var name = FileNames.Sanitize(filename) ?? record?.Name;
        if (record is null || await BlobAnswer.OfAsync(context, blobs, hex, record.MediaType, name, immutable: true) is not { } answer)
            throw NotFound(hex);
        return answer;
    }

    /// <summary>Assets, newest used first; those that name a file, newest inspected first.</summary>
    public async Task<IResult> ListAsync(HttpContext context, AssetListParameters parameters)
    {
        var size = PageTokens.Size(parameters.PageSize);
        var offset = (int)Math.Min(PageTokens.Read(parameters.PageToken) ?? 0, int.MaxValue - size);
        var (all, more) = parameters.ByLinks
            ? await LinkingAsync(parameters, offset, size, context.RequestAborted)
            : await TouchedAsync(offset, size, context.RequestAborted);
        var fitting = all.Where(asset =>
            (parameters.Name is null || asset.Name == parameters.Name) && (parameters.MediaType is null || asset.MediaType == parameters.MediaType));
        var next = more ? PageTokens.Write(offset + size) : null;
        PageTokens.LinkNext(context, next);
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(
            new AssetListDocument([.. fitting], next),
            WireJson.Readable.AssetListDocument);
    }

    /// <summary>Which of the named assets are not stored.</summary>
    public async Task<IResult> MissingAsync(HttpContext context)
    {
        var body = await JsonBody.ReadObjectAsync(context.Request, context.RequestAborted);
        var asked = body["assets"] is JsonArray { Count: <= MostAskedAbout } array
            ? array.Select(item => item is JsonValue value && value.TryGetValue<string>(out var id) ? id : "").ToList()
            : throw EnvelopeReader.Wrong([new ProblemError("/assets", $"Must be an array of at most {MostAskedAbout} names, sha256:….")]);
        if (asked.FindIndex(id => !AssetId.TryParse(id, out _)) is >= 0 and var wrong)
            throw EnvelopeReader.Wrong([new ProblemError($"/assets/{wrong}", "Must be sha256: and 64 lower-case hex digits.")]);
        var missing = await registry.MissingAsync([.. asked.Select(AssetId.Hex).Distinct()], context.RequestAborted);
        return TypedResults.Json(new AssetSet([.. missing.Select(AssetId.Of)]), WireJson.Readable.AssetSet);
    }

    /// <summary>Forgets an asset that no job uses.</summary>
    public async Task<IResult> DeleteAsync(HttpContext context, string hex)
    {
        RequireHex(hex);
        switch (await registry.DeleteAsync(hex, context.RequestAborted))
        {
            case AssetDeletion.Unknown:
                throw NotFound(hex);
            case AssetDeletion.InUse:
                throw new Problem(ProblemKinds.AssetInUse,
                    $"Jobs or templates use sha256:{hex}; delete them first (DELETE /v1/jobs/{{id}}), or wait for their time to live.")
                    .AsException();
            default:
                // Marked: from here on it is gone, even when the client leaves; what stays undone the janitor does.
                await blobs.DeleteAsync(hex, CancellationToken.None);
                await registry.UnmarkAsync(hex, CancellationToken.None);
                return TypedResults.NoContent();
        }
    }

    private async Task<(IReadOnlyList<AssetDocument> Assets, bool More)> TouchedAsync(int offset, int size, CancellationToken cancellation)
    {
        var all = await registry.ListAsync(null, null, offset, size, cancellation);
        return ([.. all.Select(Document)], all.Count == size);
    }

    private async Task<(IReadOnlyList<AssetDocument> Assets, bool More)> LinkingAsync(
        AssetListParameters parameters, int offset, int size, CancellationToken cancellation)
    {
        var (files, more) = await links.ListAsync(LinkSubject.Asset, parameters.Uses, offset, size, cancellation);
        var named = files.ToDictionary(file => file.Id, file => file.Links.Where(parameters.Asks).ToList());
        var records = await registry.FindAllAsync(named.Keys, cancellation);
        return (
            [
                .. records.Where(record => named[record.Hex].Count > 0).Select(record => Document(record) with
                {
                    Links = [.. named[record.Hex].Select(link => new LinkDocument(link.Kind, link.Path, link.Missing))],
                }),
            ],
            more);
    }

    private static AssetDocument Document(AssetRecord asset) => new(AssetId.Of(asset.Hex), asset.Name, asset.MediaType, asset.Size);

    private async Task<TakenAsset> FormAsync(HttpContext context)
    {
        var parts = await MultipartBody.ReadAsync(context.Request, intake, context.RequestAborted);
        return parts.Files.Count == 1
            ? parts.Files.Values.First()
            : throw new Problem(ProblemKinds.MalformedRequest,
                $"Send one file a request (curl -F file=@chair.blend); this form has {parts.Files.Count}.")
                .AsException();
    }

    private async Task<TakenAsset> RawAsync(HttpContext context, string? filename, string? hex)
    {
        var request = context.Request;
        var announced = ContentDigest.Sha256(request.Headers);
        if (hex is not null && announced is not null && announced != hex)
            throw new Problem(ProblemKinds.DigestMismatch, $"Content-Digest says {announced}, the path says {hex}.").AsException();
        var content = await PeekedStream.OpenAsync(request.Body, FileKinds.PrefixLength, context.RequestAborted);
        var name = filename ?? FileNames.OfDisposition(request.Headers.ContentDisposition);
        return await intake.TakeAsync(content, name, request.ContentType, hex ?? announced, context.RequestAborted);
    }

    private static JsonHttpResult<AssetDocument> Stored(HttpContext context, TakenAsset taken)
    {
        context.Response.Headers.Location = $"/v1/assets/sha256/{taken.Record.Hex}";
        return TypedResults.Json(
            taken.Document, WireJson.Readable.AssetDocument,
            statusCode: taken.IsNew ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    private static void RequireHex(string hex)
    {
        if (!AssetId.IsHex(hex))
            throw NotFound(hex);
    }

    private static ProblemException NotFound(string hex) =>
        new Problem(ProblemKinds.AssetNotFound,
            $"sha256:{hex} is not stored here. Assets are named by the 64 lower-case hex digits of their SHA-256.")
            .AsException();
}
