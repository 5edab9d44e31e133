using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Workers.Api.Problems;
using Workers.Api.Security;

namespace Workers.Api.Events;

/// <summary>The events of all jobs.</summary>
internal static class EventRoutes
{
    /// <summary>Maps them.</summary>
    public static void MapEvents(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/events", (string? after, string? type, FeedStream stream) => stream.Of(type))
            .Needs(Role.Read).WithTags("Events").WithSummary("The durable events of all jobs")
            .WithDescription("Server-sent events from now on; Last-Event-ID or ?after= replays. ?type=succeeded,failed filters. "
                + "When what is asked for is no longer kept, one 'reset' tells the position from which it goes on.")
            .Produces(200, contentType: "text/event-stream").Fails(ProblemKinds.MalformedRequest, ProblemKinds.RedisUnavailable);
}
