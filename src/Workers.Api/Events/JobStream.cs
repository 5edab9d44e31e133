using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Workers.Api.Jobs;
using Workers.Jobs;
using Workers.Jobs.Events;
using static Workers.Api.Events.StreamLoop;

namespace Workers.Api.Events;

/// <summary>One job's events as an answer.</summary>
internal sealed class JobStream(
    JobStore jobs, AttemptStore attempts, EventFeed feed, Hints hints, JobDocuments documents, IHostApplicationLifetime lifetime)
{
    /// <summary>The stream as an answer.</summary>
    public IResult Of(string id) => new Answer(this, id);

    private async Task RunAsync(HttpContext context, string id)
    {
        var after = EventPosition.Of(context.Request);
        using var watch = await hints.WatchAsync(id);
        var job = await jobs.FindAsync(id, context.RequestAborted) ?? throw JobAnswer.NotFound(id);
        context.Response.Headers["Job-Id"] = id;
        if (after is not null && job.State.IsTerminal()
            && await feed.ReadJobAsync(id, after, context.RequestAborted) is { Gap: false, Events.Count: 0 })
        {
            // It has the terminal event: 204 tells an EventSource not to come again.
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        var reader = new JobStreamReader(jobs, attempts, feed, documents, id, after);
        await StreamLoop.RunAsync(
            context, reader.StepAsync, async stop => reader.Heard(await watch.WaitAsync(LookEvery, stop)), lifetime.ApplicationStopping);
    }

    private sealed class Answer(JobStream stream, string id) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => stream.RunAsync(httpContext, id);
    }
}
