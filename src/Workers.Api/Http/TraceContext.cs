using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace Workers.Api.Http;

/// <summary>W3C Trace Context: what a job carries through Redis to its worker.</summary>
internal static class TraceContext
{
    /// <summary>This request's <c>traceparent</c>: our own span under the caller's, or the caller's header where tracing is off.</summary>
    public static string? TraceParent(HttpContext context)
    {
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } id })
            return id;
        var header = context.Request.Headers.TraceParent.ToString();
        return ActivityContext.TryParse(header, null, out _) ? header : null;
    }
}
