using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Workers.Blobs;

namespace Workers.Api.Http;

/// <summary>Answers stored bytes: length, strong ETag (their digest), HEAD, Range and If-None-Match.</summary>
internal static class BlobAnswer
{
    /// <summary>For URLs that name the content: it never changes.</summary>
    private const string Immutable = "public, max-age=31536000, immutable";

    /// <summary>The answer, or null when the bytes are not there.</summary>
    /// <param name="context">The request; headers that concern the bytes are set on its response.</param>
    /// <param name="blobs">Where they are.</param>
    /// <param name="hex">Their digest.</param>
    /// <param name="mediaType">Their type.</param>
    /// <param name="name">File name to save under.</param>
    /// <param name="immutable">True where the URL names the content.</param>
    public static async Task<IResult?> OfAsync(
        HttpContext context, IBlobStore blobs, string hex, string mediaType, string? name, bool immutable)
    {
        if (await blobs.OpenAsync(hex, context.RequestAborted) is not { } stream)
            return null;
        var headers = context.Response.Headers;
        headers.CacheControl = immutable ? Immutable : "no-cache";
        headers.XContentTypeOptions = "nosniff";
        // What somebody uploaded must never run as a page of ours.
        headers.ContentSecurityPolicy = "sandbox; default-src 'none'";
        if (name is not null)
        {
            var disposition = new ContentDispositionHeaderValue(IsPicture(mediaType) ? "inline" : "attachment");
            disposition.SetHttpFileName(name);
            headers.ContentDisposition = disposition.ToString();
        }

        return TypedResults.Stream(stream, mediaType, entityTag: new EntityTagHeaderValue($"\"{hex}\""), enableRangeProcessing: true);
    }

    // SVG can carry scripts; it is saved, not shown.
    private static bool IsPicture(string mediaType) =>
        mediaType.StartsWith("image/", StringComparison.OrdinalIgnoreCase) && !mediaType.Contains("svg", StringComparison.OrdinalIgnoreCase);
}
