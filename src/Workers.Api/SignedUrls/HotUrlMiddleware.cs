using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Workers.Contracts;
using Workers.Jobs.Configuration;

namespace Workers.Api.SignedUrls;

/// <summary>
/// Answers signed URLs whose picture is in memory before the rest of the pipeline looks at the request: none of it (hosts, routes, keys) is about them. Where pages
/// of other origins may call, a request that names its origin goes the whole way, so that it gets its CORS headers.
/// </summary>
internal sealed class HotUrlMiddleware(RequestDelegate next, SignedUrlHandlers handlers, ServerSettings settings)
{
    private readonly bool hasOrigins = settings.Origins.Count > 0;

    /// <summary>Answers, or runs the rest of the pipeline.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        return target.StartsWith(SignedUrl.Prefix, StringComparison.Ordinal) && IsLook(context.Request) && !(hasOrigins && context.Request.Headers.Origin.Count > 0)
            ? TryAsync(context, target)
            : next(context);
    }

    private static bool IsLook(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);

    private async Task TryAsync(HttpContext context, string target)
    {
        if (await handlers.TryHotAsync(context, target) is { } answer)
            await answer.ExecuteAsync(context);
        else
            await next(context);
    }
}
