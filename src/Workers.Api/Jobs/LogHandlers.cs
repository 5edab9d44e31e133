using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;
using Workers.Api.Problems;
using Workers.Jobs;
using Workers.Jobs.Events;

namespace Workers.Api.Jobs;

/// <summary>What the engine printed during an attempt.</summary>
internal sealed class LogHandlers(JobAnswer answer, JobStore jobs, AttemptStore attempts, Hints hints, IHostApplicationLifetime lifetime)
{
    private const int MostLines = 10_000;
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    /// <summary>The last 64 KB of an attempt's log as text; with <c>follow</c> also what comes until the job is over.</summary>
    public async Task<IResult> GetAsync(HttpContext context, string id, int? tail, int? attempt, bool? follow)
    {
        if (tail is < 0)
            throw new Problem(ProblemKinds.MalformedRequest, $"tail must be a number of lines, 0 to {MostLines}; not {tail}.").AsException();
        var job = await answer.FindAsync(id, context.RequestAborted);
        var number = attempt ?? job.Attempt;
        if (attempt is not null && (attempt < 1 || attempt > job.Attempt))
        {
            throw new Problem(ProblemKinds.PartNotFound,
                $"Job {id} had {job.Attempt} attempts; there is no attempt {attempt}.")
                { JobId = id }.AsException();
        }

        context.Response.Headers["Job-Id"] = id;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (follow == true && !job.State.IsTerminal())
        {
            await FollowAsync(context, id, attempt, tail);
            return TypedResults.Empty;
        }

        var log = await ReadAsync(id, number, context.RequestAborted);
        return TypedResults.Bytes(LogText.Tail(log, tail).ToArray(), LogText.MediaType);
    }

    private async Task FollowAsync(HttpContext context, string id, int? attempt, int? tail)
    {
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        context.Response.ContentType = LogText.MediaType;
        context.Response.Headers["X-Accel-Buffering"] = "no";
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        using var watch = await hints.WatchAsync(id);
        byte[]? sent = null;
        var followed = attempt ?? 0;
        try
        {
            while (true)
            {
                var job = await jobs.FindAsync(id, stop.Token);
                // Without ?attempt= the newest one is followed, from its beginning.
                if (attempt is null && job is not null && job.Attempt != followed)
                    (followed, sent) = (job.Attempt, sent is null ? null : []);
                var log = await ReadAsync(id, followed, stop.Token);
                var fresh = sent is null ? LogText.Tail(log, tail) : LogText.After(sent, log);
                await context.Response.Body.WriteAsync(fresh, stop.Token);
                await context.Response.Body.FlushAsync(stop.Token);
                sent = log;
                if (job is null || job.State.IsTerminal())
                    return;
                await watch.WaitAsync(LookEvery, stop.Token, HintKinds.Log | HintKinds.Ended);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The reader left or the server stops: what was sent stands, asking again goes on.
        }
    }

    private async Task<byte[]> ReadAsync(string id, int attempt, CancellationToken cancellation) =>
        attempt == 0 ? [] : await attempts.ReadLogAsync(id, attempt, cancellation) ?? [];
}
