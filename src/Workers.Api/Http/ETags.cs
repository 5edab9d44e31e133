using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Workers.Api.Http;

/// <summary>Entity tags (RFC 9110, 8.8.3) of documents; those of bytes are handled by the framework's file results.</summary>
internal static class ETags
{
    /// <summary>Sets the ETag; true when the client holds this version already (If-None-Match), so that 304 is the answer.</summary>
    public static bool IsCurrent(HttpContext context, string opaque)
    {
        var tag = new EntityTagHeaderValue($"\"{opaque}\"");
        context.Response.Headers.ETag = tag.ToString();
        return context.Request.GetTypedHeaders().IfNoneMatch
            .Any(known => known.Equals(EntityTagHeaderValue.Any) || known.Compare(tag, useStrongComparison: false));
    }
}
