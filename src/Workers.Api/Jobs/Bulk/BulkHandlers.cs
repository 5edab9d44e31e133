using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Workers.Api.Problems;
using Workers.Contracts;
using Workers.Jobs;

namespace Workers.Api.Jobs.Bulk;

/// <summary>POST /v1/jobs:cancel and /v1/jobs:retry: the same for all jobs that a filter names.</summary>
internal sealed class BulkHandlers(JobStore jobs, JobRetrier retrier)
{
    /// <summary>Most jobs of one request; the answer says when there are more.</summary>
    public const int MostJobs = 10_000;

    private const int PageSize = 200;
    private const int AtOnce = 16;
    private const int ProblemsShown = 20;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);
    private static readonly JobState[] Living = [JobState.Waiting, JobState.Scheduled, JobState.Queued, JobState.Running];
    private static readonly JobState[] Tried = [JobState.Failed, JobState.Canceled];

    /// <summary>Cancels what is not over.</summary>
    public Task<IResult> CancelAsync(HttpContext context) => RunAsync(
        context, BulkFilter.Read(context.Request.Query, Living), Living,
        async (job, cancellation) =>
            await jobs.CancelAsync(job.Id, "canceled by its client", cancellation) is CancelOutcome.Canceled or CancelOutcome.Stopping);

    /// <summary>Runs what failed or was canceled again; harmless to repeat: a job that was tried again this way is skipped.</summary>
    public Task<IResult> RetryAsync(HttpContext context) => RunAsync(
        context, BulkFilter.Read(context.Request.Query, Tried), Tried,
        async (job, _) =>
        {
            var identity = new SubmitIdentity(Submission.NewId()) { Key = "(retry) " + job.Id };
            return (await retrier.RetryAsync(context, job, identity)).Code == SubmitCode.Created;
        });

    private async Task<IResult> RunAsync(
        HttpContext context, BulkFilter filter, JobState[] states, Func<Job, CancellationToken, Task<bool>> act)
    {
        var tally = new Tally();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        limit.CancelAfter(Longest);
        var complete = false;
        try
        {
            complete = await VisitAsync(filter, states, act, tally, limit.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            // The time is up: what was done is told, and that there is more.
        }

        return TypedResults.Json(
            new BulkDocument(filter.DryRun, tally.Matched, tally.Done, tally.Skipped, [.. tally.Problems.Take(ProblemsShown)], complete),
            WireJson.Readable.BulkDocument);
    }

    // Newest first. Whatever is submitted meanwhile is newer than the first page and stays out.
    private async Task<bool> VisitAsync(
        BulkFilter filter, JobState[] states, Func<Job, CancellationToken, Task<bool>> act, Tally tally, CancellationToken cancellation)
    {
        long? before = null;
        do
        {
            var page = await jobs.ListAsync(filter.Query with { PageSize = PageSize, Before = before }, cancellation);
            var matching = page.Jobs.Where(job => states.Contains(job.State)).ToList();
            var left = MostJobs - tally.Matched;
            tally.Matched += Math.Min(left, matching.Count);
            if (!filter.DryRun)
            {
                await Parallel.ForEachAsync(
                    matching.Take(left), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
                    async (job, token) => await tally.CountAsync(job, act, token));
            }

            if (matching.Count > left)
                return false;
            before = page.Next;
        }
        while (before is not null);
        return true;
    }

    /// <summary>What became of the jobs; counted by several at once.</summary>
    private sealed class Tally
    {
        private int done;
        private int skipped;

        public int Matched { get; set; }

        public int Done => done;

        public int Skipped => skipped;

        public ConcurrentQueue<BulkProblem> Problems { get; } = new();

        public async Task CountAsync(Job job, Func<Job, CancellationToken, Task<bool>> act, CancellationToken cancellation)
        {
            try
            {
                if (await act(job, cancellation))
                    Interlocked.Increment(ref done);
                else
                    Interlocked.Increment(ref skipped);
            }
            catch (Exception error) when (error is not OperationCanceledException && ProblemMapping.Of(error) is not null)
            {
                var problem = ProblemMapping.Of(error)!;
                Problems.Enqueue(new BulkProblem(job.Id, problem.Kind.Code, problem.Detail));
            }
        }
    }
}
