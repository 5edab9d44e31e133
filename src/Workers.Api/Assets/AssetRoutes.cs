using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Workers.Api.OpenApi;
using Workers.Api.Problems;
using Workers.Api.Security;
using Workers.Contracts;

namespace Workers.Api.Assets;

/// <summary>Routes under <c>/v1/assets</c>.</summary>
internal static class AssetRoutes
{
    private static readonly ProblemKind[] UploadProblems =
    [
        ProblemKinds.MalformedRequest, ProblemKinds.TooLarge, ProblemKinds.DigestMismatch, ProblemKinds.StoreFailed, ProblemKinds.StoreUnavailable,
        ProblemKinds.RedisUnavailable,
    ];

    /// <summary>Maps them.</summary>
    public static void MapAssets(this IEndpointRouteBuilder routes)
    {
        var assets = routes.MapGroup("/v1/assets").WithTags("Assets");
        assets.MapPost("", (HttpContext context, string? filename, AssetHandlers handlers) => handlers.PostAsync(context, filename))
            .Needs(Role.Submit).WithSummary("Upload an asset")
            .WithDescription("The raw bytes (named by ?filename= or Content-Disposition) or one file of a form. 201, known bytes 200. "
                + "Content-Digest is checked.")
            .TakesHeaders("Content-Digest").Takes<Stream>("application/octet-stream", "multipart/form-data").Produces<AssetDocument>(201).Produces<AssetDocument>()
            .Fails(UploadProblems);
        assets.MapPost("/missing", (HttpContext context, AssetHandlers handlers) => handlers.MissingAsync(context))
            .Needs(Role.Read).WithSummary("Which of these assets are not stored")
            .Takes<AssetSet>("application/json").Produces<AssetSet>()
            .Fails(ProblemKinds.MalformedRequest, ProblemKinds.UnsupportedMediaType, ProblemKinds.InvalidInput, ProblemKinds.RedisUnavailable);
        assets.MapGet(
                "",
                (HttpContext context, [AsParameters] AssetListParameters parameters, AssetHandlers handlers) =>
                    handlers.ListAsync(context, parameters))
            .Needs(Role.Read).WithSummary("List assets, newest used first")
            .WithDescription("?uses=wood.png (or the end of a path, textures/wood.png): assets that name such a file, by their newest inspection; ?missing=true: "
                + "those that name something that did not come along; both: those that name it and miss it. These come newest inspected first, with "
                + "the links asked for. A page may hold fewer than asked; go on until nextPageToken is null.")
            .Produces<AssetListDocument>()
            .Fails(ProblemKinds.MalformedRequest, ProblemKinds.RedisUnavailable);
        assets.MapPut(
                "/sha256/{hex}",
                (HttpContext context, string hex, string? filename, AssetHandlers handlers) => handlers.PutAsync(context, hex, filename))
            .Needs(Role.Submit).WithSummary("Upload an asset under its digest")
            .Takes<Stream>("application/octet-stream").Produces<AssetDocument>(201).Produces<AssetDocument>()
            .Fails([.. UploadProblems, ProblemKinds.AssetNotFound]);
        assets.MapMethods(
                "/sha256/{hex}", [HttpMethods.Get, HttpMethods.Head],
                (HttpContext context, string hex, string? filename, AssetHandlers handlers) => handlers.GetAsync(context, hex, filename))
            .Needs(Role.Read).WithSummary("An asset's bytes")
            .WithDescription("An asset is its bytes: it has the name of their first upload. ?filename= saves them under another.")
            .AnswersBytes("application/octet-stream").Fails(ProblemKinds.AssetNotFound);
        assets.MapDelete("/sha256/{hex}", (HttpContext context, string hex, AssetHandlers handlers) => handlers.DeleteAsync(context, hex))
            .Needs(Role.Submit).WithSummary("Forget an asset that no job uses").Produces(204)
            .Fails(ProblemKinds.AssetNotFound, ProblemKinds.AssetInUse, ProblemKinds.RedisUnavailable);
    }
}
