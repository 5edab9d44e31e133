using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Workers.Blobs;

namespace Workers.Api.Http;

/// <summary>Answers stored bytes: length, strong ETag (their digest), HEAD, Range and If-None-Match.</summary>
internal static class BlobAnswer
{
    /// <summary>For URLs that name the content: it never changes.</summary>
    private const string Immutable = "public, max-age=31536000, immutable";

    /// <summary>For URLs that may be answered with other bytes next time.</summary>
    public const string Revalidated = "no-cache";

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
        headers.CacheControl = immutable ? Immutable : Revalidated;
        SetSafety(headers);
        if (name is not null)
            headers.ContentDisposition = Disposition(mediaType, name);
        return TypedResults.Stream(stream, mediaType, entityTag: new EntityTagHeaderValue($"\"{hex}\""), enableRangeProcessing: true);
    }

    /// <summary>What somebody uploaded, or a file made an engine write, must never run as a page of ours.</summary>
    public static void SetSafety(IHeaderDictionary headers)
    {
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "sandbox; default-src 'none'";
    }

    /// <summary>Content-Disposition: pictures are shown, anything else is saved.</summary>
    public static string Disposition(string mediaType, string name)
    {
        var disposition = new ContentDispositionHeaderValue(IsPicture(mediaType) ? "inline" : "attachment");
        disposition.SetHttpFileName(name);
        return disposition.ToString();
    }

    // SVG can carry scripts; it is saved, not shown.
    private static bool IsPicture(string mediaType) =>
        mediaType.StartsWith("image/", StringComparison.OrdinalIgnoreCase) && !mediaType.Contains("svg", StringComparison.OrdinalIgnoreCase);
}
