using Microsoft.AspNetCore.Http;
using Workers.Api.Http;
using Workers.Api.Problems;
using Workers.Jobs;

namespace Workers.Api.Jobs;

/// <summary>What belongs to a job: result, artifacts, snapshot.</summary>
internal sealed class PartHandlers(JobWaiter waiter, JobAnswer answer, ResultAnswer results, AttemptStore attempts)
{
    /// <summary>The main artifact's bytes; 202 while they are not there; 409 when there will be none.</summary>
    public async Task<IResult> ResultAsync(HttpContext context, string id)
    {
        var preferences = Preferences.Of(context.Request);
        var job = preferences.Wait is { } wait
            ? await WaitAsync(id, wait, context.RequestAborted)
            : await answer.FindAsync(id, context.RequestAborted);
        preferences.Echo(context.Response);
        return job.State switch
        {
            JobState.Succeeded => await results.OfAsync(context, job),
            JobState.Failed or JobState.Canceled => throw ProblemMapping.OfMissingResult(job).AsException(),
            _ => await answer.StatusAsync(context, job, StatusCodes.Status202Accepted, preferences.Minimal),
        };
    }

    /// <summary>One artifact's bytes by its name.</summary>
    public async Task<IResult> ArtifactAsync(HttpContext context, string id, string name)
    {
        var job = await answer.FindAsync(id, context.RequestAborted);
        var artifact = job.Result?.Artifacts.FirstOrDefault(known => known.Name == name)
            ?? throw Missing(id, $"Job {id} ({job.State.Wire()}) has no artifact '{name}'; its document lists what it has.");
        ResultAnswer.SetJobHeaders(context.Response, job);
        return await results.ArtifactAsync(context, job, artifact);
    }

    /// <summary>The newest picture so far; of a succeeded job its main artifact, where that is a picture.</summary>
    public async Task<IResult> SnapshotAsync(HttpContext context, string id)
    {
        if (await attempts.FindSnapshotAsync(id, context.RequestAborted) is { } snapshot)
        {
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Headers.XContentTypeOptions = "nosniff";
            context.Response.Headers["Job-Id"] = id;
            return TypedResults.Bytes(snapshot.Bytes, snapshot.MediaType);
        }

        var job = await answer.FindAsync(id, context.RequestAborted);
        if (job.Result?.Artifacts is [{ MediaType: var type } main, ..] && type.StartsWith("image/", StringComparison.Ordinal))
            return await results.ArtifactAsync(context, job, main);
        throw Missing(id, $"Job {id} ({job.State.Wire()}) has no snapshot: none was made yet, or it is over.");
    }

    private async Task<Job> WaitAsync(string id, TimeSpan wait, CancellationToken cancellation)
    {
        using var watched = await waiter.WatchAsync(id);
        return await watched.EndAsync(wait, look: true, cancellation) ?? throw JobAnswer.NotFound(id);
    }

    private static ProblemException Missing(string job, string detail) =>
        new Problem(ProblemKinds.PartNotFound, detail) { JobId = job }.AsException();
}
