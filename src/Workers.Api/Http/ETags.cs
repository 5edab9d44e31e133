using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Workers.Api.Http;

/// <summary>Entity tags (RFC 9110, 8.8.3) of documents; those of bytes are handled by the framework's file results.</summary>
internal static class ETags
{
    private const int TagBytes = 12;

    /// <summary>The document with the strong tag of its bytes, or 304 where the client holds just these (If-None-Match).</summary>
    public static IResult Json<T>(HttpContext context, T document, JsonTypeInfo<T> type)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(document, type);
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, TagBytes))}\"");
        context.Response.Headers.ETag = tag.ToString();
        var isHeld = context.Request.GetTypedHeaders().IfNoneMatch
            .Any(known => known.Equals(EntityTagHeaderValue.Any) || known.Compare(tag, useStrongComparison: false));
        return isHeld ? TypedResults.StatusCode(StatusCodes.Status304NotModified) : TypedResults.Bytes(bytes, "application/json");
    }
}
