using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Workers.Api.OpenApi;
using Workers.Api.Problems;
using Workers.Api.Security;
using Workers.Contracts;

namespace Workers.Api.Calls;

/// <summary>Calls that wait for their answer.</summary>
internal static class CallRoutes
{
    /// <summary>What a call that waits may answer.</summary>
    public static readonly IReadOnlyList<ProblemKind> CallProblems =
    [
        ProblemKinds.MalformedRequest, ProblemKinds.FunctionNotFound, ProblemKinds.EngineNotFound, ProblemKinds.NotAcceptable,
        ProblemKinds.JobCanceled, ProblemKinds.JobSuperseded, ProblemKinds.KeyGone, ProblemKinds.ResultGone, ProblemKinds.TooLarge, ProblemKinds.UnsupportedMediaType,
        ProblemKinds.InvalidInput, ProblemKinds.UnknownAsset, ProblemKinds.KeyReused, ProblemKinds.DigestMismatch, ProblemKinds.QueueFull,
        ProblemKinds.EngineError, ProblemKinds.EngineCrashed, ProblemKinds.OutputRejected, ProblemKinds.EngineUnavailable,
        ProblemKinds.RedisUnavailable, ProblemKinds.Stopping, ProblemKinds.NodeLost, ProblemKinds.StoreFailed,
        ProblemKinds.StoreUnavailable, ProblemKinds.QueueTimeout,
        ProblemKinds.Stalled, ProblemKinds.Deadline, ProblemKinds.StillRunning,
        ProblemKinds.UrlRefused, ProblemKinds.UrlFailed, ProblemKinds.UrlTimeout,
    ];

    private static readonly (string Function, string Summary)[] Shortcuts =
    [
        ("render", "Render a file and wait for the picture"),
        ("preview", "Make a small, quick picture of a file and wait for it"),
        ("inspect", "Tell what is in a file"),
        ("plot", "Make a plot and wait for the picture"),
    ];

    /// <summary>Maps them.</summary>
    public static void MapCalls(this IEndpointRouteBuilder routes)
    {
        foreach (var (function, summary) in Shortcuts)
        {
            Describe(routes.MapPost(
                $"/v1/{function}",
                (HttpContext context, string? engine, string? wait, CallHandlers calls) =>
                    calls.CallAsync(context, function, string.IsNullOrEmpty(engine) ? null : engine)),
                summary);
        }

        Describe(routes.MapPost(
            "/v1/engines/{engine}/functions/{function}",
            (HttpContext context, string engine, string function, string? wait, CallHandlers calls) => calls.CallAsync(context, function, engine)),
            "Call a function of an engine and wait for its answer");
        MapBatches(routes);
    }

    private static void MapBatches(IEndpointRouteBuilder routes)
    {
        foreach (var (function, summary) in new[] { ("preview", "Make small pictures of many files"), ("inspect", "Tell what is in many files") })
        {
            routes.MapPost(
                    $"/v1/{function}:batch",
                    (HttpContext context, string? engine, CallBatchHandlers calls) =>
                        calls.SubmitAsync(context, function, string.IsNullOrEmpty(engine) ? null : engine))
                .Needs(Role.Submit).WithTags("Calls").WithSummary(summary)
                .WithDescription("{\"files\": [name or input, …], \"options\": {input that all share}}, or a name or input a line as application/x-ndjson; "
                    + "at most 10,000, at most 256 KB as JSON and 64 MB as lines. The query may hold options too, and engine, priority (default "
                    + $"{CallBatchHandlers.LowPriority}), tag, timeoutSeconds. For each: 202 with its job, or 200 with result and asset when it is done; "
                    + "send the same again to see how far all are: nothing is made twice of the same content. ?tag= lists the jobs made by it "
                    + "(GET /v1/jobs?tag=).")
                .TakesQuery("timeoutSeconds", "priority", "tag").Takes<Stream>("application/json", "application/x-ndjson").Produces<BatchDocument>(207)
                .Fails(ProblemKinds.MalformedRequest, ProblemKinds.FunctionNotFound, ProblemKinds.EngineNotFound, ProblemKinds.TooLarge,
                    ProblemKinds.UnsupportedMediaType, ProblemKinds.InvalidInput, ProblemKinds.EngineUnavailable);
        }
    }

    private static void Describe(RouteHandlerBuilder route, string summary) =>
        route.Needs(Role.Submit).WithTags("Calls").WithSummary(summary)
            .WithDescription("The body is the function's input: JSON, a form (a part 'file' and fields), or the raw file with options in the query. "
                + "In the query also: engine, timeoutSeconds, priority, tag, filename, and supersedes (newest wins: queued jobs of that key end canceled). "
                + "A stored result answers the same call again, and identical calls at once are one job (Cache-Status, RFC 9211, tells); "
                + "Cache-Control: no-cache makes it anew, no-store keeps it from others. A call with tags or supersedes is a job of its own, "
                + "and so is one with an Idempotency-Key. "
                + "Held for min(timeoutSeconds, 60 s), then 504 with Location; 202 only when asked for "
                + "(Prefer: wait=N or respond-async, ?wait=N, Accept with JSON). "
                + "Accept: application/json answers the job instead of the picture; curl --json sends that by itself, "
                + "-H 'Accept: */*' takes it back.")
            .TakesQuery("timeoutSeconds", "priority", "tag", "supersedes", "filename").TakesHeaders("Idempotency-Key", "Prefer", "Cache-Control")
            .Takes<Stream>("application/json", "multipart/form-data", "application/octet-stream")
            .Produces(200, contentType: "image/png").Produces<JobDocument>(202).Fails([.. CallProblems]);
}
