using Microsoft.AspNetCore.Http;
using Workers.Api.Engines;
using Workers.Api.Problems;
using Workers.Api.Status;
using Workers.Contracts;
using Workers.Jobs;

namespace Workers.Api.Jobs;

/// <summary>Answers with a job's document.</summary>
internal sealed class JobAnswer(JobStore jobs, JobDocuments documents, QueueView queues, EngineCatalog catalog)
{
    /// <summary>The job.</summary>
    /// <exception cref="ProblemException">404.</exception>
    public async Task<Job> FindAsync(string id, CancellationToken cancellation) =>
        await jobs.FindAsync(id, cancellation) ?? throw NotFound(id);

    /// <summary>404 for a job.</summary>
    public static ProblemException NotFound(string id) =>
        new Problem(ProblemKinds.JobNotFound,
            $"There is no job '{id}': it was never submitted here, was deleted, or its time to live is over.")
            .AsException();

    /// <summary>202 while the job is not over (with Location and Retry-After), else 200.</summary>
    public async Task<IResult> CurrentAsync(HttpContext context, Job job, bool minimal = false)
    {
        if (!job.State.IsTerminal())
            return await StatusAsync(context, job, StatusCodes.Status202Accepted, minimal);
        return await StatusAsync(context, job, StatusCodes.Status200OK, minimal);
    }

    /// <summary>The job's document under this status; no body where the client wants none.</summary>
    public async Task<IResult> StatusAsync(HttpContext context, Job job, int status, bool minimal)
    {
        var headers = context.Response.Headers;
        headers["Job-Id"] = job.Id;
        headers.CacheControl = "no-store";
        if (status is StatusCodes.Status201Created or StatusCodes.Status202Accepted)
            headers.Location = $"/v1/jobs/{job.Id}";
        if (!job.State.IsTerminal())
            headers.RetryAfter = ProblemWriter.Seconds(await DoneAfterAsync(job, context.RequestAborted));
        if (minimal)
            return TypedResults.StatusCode(status);
        var document = await documents.WithPlaceAsync(job, includeInput: false, context.RequestAborted);
        return TypedResults.Json(document, WireJson.Readable.JobDocument, statusCode: status);
    }

    /// <summary>When it is likely done.</summary>
    public ValueTask<TimeSpan> DoneAfterAsync(Job job, CancellationToken cancellation) =>
        queues.DoneAfterAsync(catalog.Current.Find(job.Specification.Engine), cancellation);
}
