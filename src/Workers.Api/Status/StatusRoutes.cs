using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Workers.Api.Engines;
using Workers.Api.Http;
using Workers.Api.Problems;
using Workers.Api.Security;
using Workers.Contracts;

namespace Workers.Api.Status;

/// <summary>The installation at a glance.</summary>
internal static class StatusRoutes
{
    /// <summary>Maps it.</summary>
    public static void MapStatus(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/status", GetAsync).Needs(Role.Read).WithTags("Status").WithSummary("The installation at a glance; at most a second old")
            .Produces<StatusDocument>().Produces(304).Fails(ProblemKinds.RedisUnavailable);

    private static async Task<IResult> GetAsync(HttpContext context, EngineCatalog catalog, QueueView queues)
    {
        var document = StatusReport.Write(await catalog.GetAsync(context.RequestAborted), await queues.GetAsync(context.RequestAborted));
        context.Response.Headers.CacheControl = "private, max-age=1";
        return ETags.Json(context, document, WireJson.Readable.StatusDocument);
    }
}
