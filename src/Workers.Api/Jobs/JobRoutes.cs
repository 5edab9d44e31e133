using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Workers.Api.Events;
using Workers.Api.Jobs.Bulk;
using Workers.Api.OpenApi;
using Workers.Api.Problems;
using Workers.Api.Security;
using Workers.Contracts;

namespace Workers.Api.Jobs;

/// <summary>Routes under <c>/v1/jobs</c>.</summary>
internal static class JobRoutes
{
    private static readonly ProblemKind[] SubmitProblems =
    [
        ProblemKinds.MalformedRequest, ProblemKinds.TooLarge, ProblemKinds.UnsupportedMediaType, ProblemKinds.InvalidInput, ProblemKinds.UnknownAsset,
        ProblemKinds.KeyReused, ProblemKinds.KeyGone, ProblemKinds.QueueFull, ProblemKinds.EngineUnavailable, ProblemKinds.RedisUnavailable,
        ProblemKinds.Stopping, ProblemKinds.UrlRefused, ProblemKinds.UrlFailed, ProblemKinds.UrlTimeout,
    ];

    /// <summary>Maps them.</summary>
    public static void MapJobs(this IEndpointRouteBuilder routes)
    {
        var jobs = routes.MapGroup("/v1/jobs").WithTags("Jobs");
        MapSubmits(jobs);
        MapReads(jobs);
        MapParts(jobs);
        MapMany(routes.MapGroup("").WithTags("Jobs"));
    }

    private static void MapMany(RouteGroupBuilder routes)
    {
        routes.MapPost("/v1/jobs:batch", (HttpContext context, BatchHandlers batch) => batch.SubmitAsync(context))
            .Needs(Role.Submit).WithSummary("Submit many jobs, one envelope a line")
            .WithDescription("Newline-delimited JSON, at most 10,000 lines and 64 MB; admitted in the order of the lines, each for itself. "
                + "Idempotency-Key counts for each line together with its number, so that repeating the whole is harmless.")
            .TakesHeaders("Idempotency-Key").Takes<JobEnvelope>("application/x-ndjson").Produces<BatchDocument>(207)
            .Fails(ProblemKinds.MalformedRequest, ProblemKinds.TooLarge, ProblemKinds.UnsupportedMediaType, ProblemKinds.RedisUnavailable);
        const string Filters = "At least one of ?tag=, ?state=, ?client=, ?engine=; all must hold. ?dryRun=true only counts. At most 10,000 at a time: "
            + "send the same again while complete is false.";
        routes.MapPost("/v1/jobs:cancel", (HttpContext context, BulkHandlers bulk) => bulk.CancelAsync(context))
            .Needs(Role.Submit).WithSummary("Cancel all jobs that a filter names").WithDescription(Filters)
            .TakesQuery(BulkFilter.Names).Produces<BulkDocument>().Fails(ProblemKinds.MalformedRequest, ProblemKinds.RedisUnavailable);
        routes.MapPost("/v1/jobs:retry", (HttpContext context, BulkHandlers bulk) => bulk.RetryAsync(context))
            .Needs(Role.Submit).WithSummary("Run failed and canceled jobs again").WithDescription(Filters + " Harmless to repeat.")
            .TakesQuery(BulkFilter.Names).Produces<BulkDocument>().Fails(ProblemKinds.MalformedRequest, ProblemKinds.RedisUnavailable);
    }

    private static void MapSubmits(RouteGroupBuilder jobs)
    {
        jobs.MapPost("", (HttpContext context, SubmitHandlers submit) => submit.SubmitAsync(context))
            .Needs(Role.Submit).WithSummary("Submit a job")
            .WithDescription("202 with Location. Prefer: wait=N (at most 300) holds the answer: 200 when the job is over by then. "
                + "Prefer: return=minimal sends no body. Accept: text/event-stream answers the job's events. "
                + "Idempotency-Key makes repeating harmless.")
            .TakesHeaders("Idempotency-Key", "Prefer").Takes<JobEnvelope>("application/json").Produces<JobDocument>(202).Produces<JobDocument>().Fails(SubmitProblems);
        jobs.MapPut("/{id}", (HttpContext context, string id, SubmitHandlers submit) => submit.PutAsync(context, id))
            .Needs(Role.Submit).WithSummary("Submit a job under an id of your own")
            .WithDescription("201; repeated with the same body 200; with another body 409. Ids: [A-Za-z0-9_-]{1,64}.")
            .Takes<JobEnvelope>("application/json").Produces<JobDocument>(201).Produces<JobDocument>()
            .Fails([.. SubmitProblems, ProblemKinds.JobIdTaken]);
        jobs.MapPatch("/{id}", (HttpContext context, string id, ChangeHandlers change) => change.PatchAsync(context, id))
            .Needs(Role.Submit).WithSummary("Change priority, tags or time limit of a job that has not begun")
            .Takes<JobChange>("application/json").Produces<JobDocument>()
            .Fails(ProblemKinds.MalformedRequest, ProblemKinds.UnsupportedMediaType, ProblemKinds.JobNotFound, ProblemKinds.JobBegun,
                ProblemKinds.InvalidInput, ProblemKinds.RedisUnavailable);
        jobs.MapPost("/{id}/retry", (HttpContext context, string id, SubmitHandlers submit) => submit.RetryAsync(context, id))
            .Needs(Role.Submit).WithSummary("Run an ended job again, as a new job with retryOf")
            .Produces<JobDocument>(201).Fails([.. SubmitProblems, ProblemKinds.JobNotFound, ProblemKinds.JobNotOver]);
        jobs.MapPost("/{id}/cancel", (HttpContext context, string id, JobHandlers handlers) => handlers.CancelAsync(context, id))
            .Needs(Role.Submit).WithSummary("Cancel a job").WithDescription("Harmless to repeat: 202 while it is being stopped, 200 when it is over.")
            .TakesHeaders("Prefer").Produces<JobDocument>(202).Produces<JobDocument>()
            .Fails(ProblemKinds.MalformedRequest, ProblemKinds.JobNotFound, ProblemKinds.RedisUnavailable);
        jobs.MapDelete("/{id}", (HttpContext context, string id, JobHandlers handlers) => handlers.DeleteAsync(context, id))
            .Needs(Role.Submit).WithSummary("Forget an ended job")
            .Produces(204).Fails(ProblemKinds.JobNotFound, ProblemKinds.JobNotOver, ProblemKinds.RedisUnavailable);
    }

    private static void MapReads(RouteGroupBuilder jobs)
    {
        jobs.MapGet(
                "",
                (HttpContext context, [AsParameters] JobListParameters parameters, JobHandlers handlers) => handlers.ListAsync(context, parameters))
            .Needs(Role.Read).WithSummary("List jobs, newest first")
            .WithDescription("A page may hold fewer jobs than asked; go on until nextPageToken is null (also as Link: rel=\"next\").")
            .Produces<JobListDocument>().Fails(ProblemKinds.MalformedRequest, ProblemKinds.RedisUnavailable);
        jobs.MapGet(
                "/{id}",
                (HttpContext context, string id, string? include, string? wait, JobHandlers handlers) => handlers.GetAsync(context, id, include))
            .Needs(Role.Read).WithSummary("A job")
            .WithDescription("?wait=N holds the answer until the job is over, at most 300 s. ?include=input adds the input.")
            .Produces<JobDocument>().Produces(304).Fails(ProblemKinds.MalformedRequest, ProblemKinds.JobNotFound, ProblemKinds.RedisUnavailable);
        jobs.MapGet("/{id}/events", (string id, string? after, string? ticket, JobStream stream) => stream.Of(id))
            .NeedsReadOrTicket().WithSummary("A job's events")
            .WithDescription("Server-sent events. Last-Event-ID or ?after= replays what came after; 204 when there is nothing to come any more.")
            .Produces(200, contentType: "text/event-stream").Produces(204)
            .Fails(ProblemKinds.MalformedRequest, ProblemKinds.JobNotFound, ProblemKinds.RedisUnavailable);
    }

    private static void MapParts(RouteGroupBuilder jobs)
    {
        string[] looks = [HttpMethods.Get, HttpMethods.Head];
        jobs.MapMethods("/{id}/result", looks, (HttpContext context, string id, string? wait, PartHandlers parts) => parts.ResultAsync(context, id))
            .Needs(Role.Read).WithSummary("The main artifact's bytes, or the JSON output where there is no artifact")
            .WithDescription("202 with the job while it is not over; ?wait=N holds the answer.")
            .TakesHeaders("Prefer").AnswersBytes("image/png").Produces<JobDocument>(202)
            .Fails(ProblemKinds.MalformedRequest, ProblemKinds.JobNotFound, ProblemKinds.JobFailed, ProblemKinds.JobCanceled,
                ProblemKinds.JobSuperseded, ProblemKinds.ResultGone);
        jobs.MapMethods(
                "/{id}/artifacts/{**name}", looks,
                (HttpContext context, string id, string? name, PartHandlers parts) => parts.ArtifactAsync(context, id, name ?? ""))
            .Needs(Role.Read).WithSummary("An artifact's bytes")
            .AnswersBytes("application/octet-stream").Fails(ProblemKinds.JobNotFound, ProblemKinds.PartNotFound, ProblemKinds.ResultGone);
        jobs.MapMethods("/{id}/snapshot", looks, (HttpContext context, string id, PartHandlers parts) => parts.SnapshotAsync(context, id))
            .Needs(Role.Read).WithSummary("The newest picture so far")
            .AnswersBytes("image/png").Fails(ProblemKinds.JobNotFound, ProblemKinds.PartNotFound, ProblemKinds.ResultGone);
        jobs.MapGet(
                "/{id}/log",
                (HttpContext context, string id, int? tail, int? attempt, bool? follow, LogHandlers log) =>
                    log.GetAsync(context, id, tail, attempt, follow))
            .Needs(Role.Read).WithSummary("What the engine printed")
            .WithDescription("The last 64 KB of an attempt (default: the newest); ?tail= its last lines; ?follow=true goes on until the job is over.")
            .Produces<string>(200, "text/plain")
            .Fails(ProblemKinds.MalformedRequest, ProblemKinds.JobNotFound, ProblemKinds.PartNotFound, ProblemKinds.RedisUnavailable);
    }
}
