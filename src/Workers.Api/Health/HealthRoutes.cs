using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Workers.Api.Security;
using Workers.Contracts;

namespace Workers.Api.Health;

/// <summary>Probes: the status code tells.</summary>
internal static class HealthRoutes
{
    /// <summary>Maps them.</summary>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/livez", () => TypedResults.Text("alive\n"))
            .Needs(Role.None).WithTags("Health").WithSummary("200 while this process answers; restart it when it does not")
            .Produces<string>(200, "text/plain");
        routes.MapGet("/readyz", GetReadinessAsync)
            .Needs(Role.None).WithTags("Health").WithSummary("200 when Redis answers and a worker is able, else 503 saying what is missing")
            .Produces<ReadinessDocument>().Produces<ReadinessDocument>(503);
    }

    private static async Task<IResult> GetReadinessAsync(HttpContext context, Readiness readiness)
    {
        var document = await readiness.GetAsync(context.RequestAborted);
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(
            document,
            WireJson.Readable.ReadinessDocument,
            statusCode: document.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }
}
