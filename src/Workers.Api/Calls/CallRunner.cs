using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Workers.Api.Http;
using Workers.Api.Jobs;
using Workers.Api.Problems;
using Workers.Jobs;
using Workers.Jobs.Redis;

namespace Workers.Api.Calls;

/// <summary>Runs a prepared call for a request that waits: submits, holds, and answers what the function made.</summary>
internal sealed partial class CallRunner(
    JobSubmitter submitter, JobWaiter waiter, JobAnswer answer, ResultAnswer results, JobStore jobs, ILogger<CallRunner> logger)
{
    private static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan CancelLimit = TimeSpan.FromSeconds(5);

    /// <summary>Submits the call, waits as the client wishes, and answers.</summary>
    /// <param name="context">The request: its wishes, its client.</param>
    /// <param name="prepared">The call.</param>
    /// <param name="wantsJob">True when the job's document is wished instead of what the function makes.</param>
    /// <exception cref="ProblemException">Refused, failed, or still running when the time to hold was up.</exception>
    public async Task<IResult> RunAsync(HttpContext context, PreparedJob prepared, bool wantsJob)
    {
        var preferences = Preferences.Of(context.Request);
        var identity = SubmitIdentity.New(context.Request) with { Waits = !preferences.RespondAsync || preferences.Wait is not null };
        using var watched = waiter.Watch(identity.Id);
        var outcome = await submitter.SubmitAsync(context, prepared, identity);
        if (preferences.RespondAsync && preferences.Wait is null)
            return await AcceptedAsync(context, preferences, await answer.FindAsync(outcome.JobId, context.RequestAborted));
        var limit = preferences.Wait ?? HoldLimit(prepared);
        var job = await HoldAsync(context, watched, identity, outcome, prepared, limit) ?? throw JobAnswer.NotFound(outcome.JobId);
        context.Response.Headers.Vary = "Prefer, Accept";
        if (!job.State.IsTerminal())
            return preferences.ExpectsAccepted || Accepts.NamesJson(context.Request)
                ? await AcceptedAsync(context, preferences, job)
                : throw await StillRunningAsync(job, limit);
        preferences.Echo(context.Response);
        if (wantsJob)
            return await answer.CurrentAsync(context, job, preferences.Minimal);
        return job.State == JobState.Succeeded ? await results.OfAsync(context, job) : throw ProblemMapping.OfFailure(job).AsException();
    }

    private static TimeSpan HoldLimit(PreparedJob prepared)
    {
        var timeout = TimeSpan.FromSeconds(prepared.Specification.TimeoutSeconds ?? prepared.Engine.CallTimeoutSeconds);
        return timeout < LongestHold ? timeout : LongestHold;
    }

    private async Task<Job?> HoldAsync(
        HttpContext context, JobWaiter.Watched watched, SubmitIdentity identity, SubmitOutcome outcome, PreparedJob prepared, TimeSpan limit)
    {
        try
        {
            if (outcome.JobId == identity.Id)
                return await watched.EndAsync(limit, look: outcome.Code == SubmitCode.Repeated, context.RequestAborted);
            // An idempotency key named an older job.
            using var older = waiter.Watch(outcome.JobId);
            return await older.EndAsync(limit, look: true, context.RequestAborted);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            if (identity.Key is null && !prepared.Function.Report.Cacheable && waiter.Waiting(identity.Id) <= 1)
                await CancelAbandonedAsync(identity.Id);
            throw;
        }
    }

    // Nobody will ever ask for it: no key to find it by, not worth keeping, no other reader.
    private async Task CancelAbandonedAsync(string id)
    {
        using var limit = new CancellationTokenSource(CancelLimit);
        try
        {
            var outcome = await jobs.CancelAsync(id, "the client that waited for it went away", limit.Token);
            LogAbandoned(id, outcome);
        }
        catch (Exception exception) when (exception is RedisUnavailableException or OperationCanceledException)
        {
            LogNotCanceled(id, exception.Message);
        }
    }

    private async Task<IResult> AcceptedAsync(HttpContext context, Preferences preferences, Job job)
    {
        preferences.Echo(context.Response);
        context.Response.Headers.Vary = "Prefer, Accept";
        return await answer.StatusAsync(context, job, StatusCodes.Status202Accepted, preferences.Minimal);
    }

    private async Task<ProblemException> StillRunningAsync(Job job, TimeSpan held)
    {
        var detail = string.Create(
            CultureInfo.InvariantCulture,
            $"The job is {job.State.Wire()} after {held.TotalSeconds:0.#} s and goes on: "
                + $"ask for /v1/jobs/{job.Id}/result?wait=60, or send Prefer: respond-async.");
        return new Problem(ProblemKinds.StillRunning, detail)
        {
            JobId = job.Id,
            Location = $"/v1/jobs/{job.Id}",
            RetryAfter = await answer.DoneAfterAsync(job, CancellationToken.None),
        }.AsException();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Job {JobId}: the client that waited went away; cancel: {Outcome}")]
    private partial void LogAbandoned(string jobId, CancelOutcome outcome);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {JobId}: the client that waited went away, but it could not be canceled: {Reason}")]
    private partial void LogNotCanceled(string jobId, string reason);
}
