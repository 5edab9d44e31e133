using Microsoft.AspNetCore.Http;
using Workers.Api.Http;
using Workers.Api.Problems;
using Workers.Contracts;
using Workers.Jobs;

namespace Workers.Api.Jobs;

/// <summary>GET, list, cancel and delete of jobs.</summary>
internal sealed class JobHandlers(JobStore jobs, JobWaiter waiter, JobDocuments documents, JobAnswer answer)
{
    /// <summary>The job; with <c>?wait=N</c> as soon as it is over, or after N seconds as it is then.</summary>
    public async Task<IResult> GetAsync(HttpContext context, string id, string? include)
    {
        if (include is not (null or "" or "input"))
            throw new Problem(ProblemKinds.MalformedRequest, $"?include= takes 'input', not '{include}'.").AsException();
        var preferences = Preferences.Of(context.Request);
        var job = preferences.Wait is { } wait ? await WaitAsync(id, wait, context.RequestAborted) : await jobs.FindAsync(id, context.RequestAborted);
        if (job is null)
            throw JobAnswer.NotFound(id);
        preferences.Echo(context.Response);
        var document = await documents.WithPlaceAsync(job, include == "input", context.RequestAborted);
        context.Response.Headers.CacheControl = "no-cache";
        if (!job.State.IsTerminal())
            context.Response.Headers.RetryAfter = ProblemWriter.Seconds(await answer.DoneAfterAsync(job, context.RequestAborted));
        return ETags.Json(context, document, WireJson.Readable.JobDocument);
    }

    /// <summary>Jobs, newest first.</summary>
    public async Task<IResult> ListAsync(HttpContext context, JobListParameters parameters)
    {
        var state = JobStates.Parse(parameters.State);
        if (parameters.State is { Length: > 0 } asked && state is null)
            throw new Problem(ProblemKinds.MalformedRequest,
                $"state must be one of {string.Join(", ", JobStates.All.Select(JobStates.Wire))}; not '{asked}'.")
                .AsException();
        var page = await jobs.ListAsync(
            new JobQuery
            {
                State = state,
                Engine = Given(parameters.Engine),
                Tag = Given(parameters.Tag),
                Client = Given(parameters.Client),
                PageSize = PageTokens.Size(parameters.PageSize),
                Before = PageTokens.Read(parameters.PageToken),
            },
            context.RequestAborted);
        var next = page.Next is { } before ? PageTokens.Write(before) : null;
        PageTokens.LinkNext(context, next);
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(new JobListDocument([.. page.Jobs.Select(job => JobDocuments.Write(job))], next), WireJson.Readable.JobListDocument);
    }

    /// <summary>Cancels: 202 while the job is being stopped, 200 when it is over.</summary>
    public async Task<IResult> CancelAsync(HttpContext context, string id)
    {
        if (await jobs.CancelAsync(id, "canceled by its client", context.RequestAborted) == CancelOutcome.Unknown)
            throw JobAnswer.NotFound(id);
        var job = await answer.FindAsync(id, context.RequestAborted);
        return await answer.CurrentAsync(context, job, Preferences.Of(context.Request).Minimal);
    }

    /// <summary>Forgets an ended job.</summary>
    public async Task<IResult> DeleteAsync(HttpContext context, string id) => await jobs.DeleteAsync(id, context.RequestAborted) switch
    {
        DeleteOutcome.Deleted => TypedResults.NoContent(),
        DeleteOutcome.Unknown => throw JobAnswer.NotFound(id),
        DeleteOutcome.NotOver =>
            throw new Problem(ProblemKinds.JobNotOver, $"The job is not over; POST /v1/jobs/{id}/cancel ends it first.")
                { JobId = id }.AsException(),
        var other => throw new InvalidOperationException($"delete.lua answered {other}."),
    };

    private async Task<Job?> WaitAsync(string id, TimeSpan wait, CancellationToken cancellation)
    {
        using var watched = await waiter.WatchAsync(id);
        return await watched.EndAsync(wait, look: true, cancellation);
    }

    private static string? Given(string? value) => string.IsNullOrEmpty(value) ? null : value;
}

/// <summary>Filters and place of <c>GET /v1/jobs</c>; all filters must hold.</summary>
internal sealed class JobListParameters
{
    /// <summary>waiting, scheduled, queued, running, succeeded, failed or canceled.</summary>
    public string? State { get; init; }

    /// <summary>The engine's name.</summary>
    public string? Engine { get; init; }

    /// <summary>A tag.</summary>
    public string? Tag { get; init; }

    /// <summary>The client's name.</summary>
    public string? Client { get; init; }

    /// <summary>Most jobs of a page, 1–500; more is coerced down.</summary>
    public int? PageSize { get; init; }

    /// <summary>The <c>nextPageToken</c> of the page before.</summary>
    public string? PageToken { get; init; }
}
