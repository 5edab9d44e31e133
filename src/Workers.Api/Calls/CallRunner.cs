using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Workers.Api.Caching;
using Workers.Api.Http;
using Workers.Api.Jobs;
using Workers.Api.Problems;
using Workers.Jobs;
using Workers.Jobs.Redis;

namespace Workers.Api.Calls;

/// <summary>Runs a prepared call for a request that waits: by a stored result, with whoever asks the same, or by a job of its own.</summary>
internal sealed partial class CallRunner(
    RenderCache cache, StoredAnswer stored, CacheStatus status,
    CachedSubmitter submitter, JobWaiter waiter, JobAnswer answer, ResultAnswer results, JobStore jobs, ILogger<CallRunner> logger)
{
    private static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(60);
    private const string Vary = "Prefer, Accept";
    private static readonly TimeSpan CancelLimit = TimeSpan.FromSeconds(5);

    /// <summary>Submits the call, waits as the client wishes, and answers.</summary>
    /// <param name="context">The request: its wishes, its client.</param>
    /// <param name="prepared">The call.</param>
    /// <param name="wantsJob">True when the job's document is wished instead of what the function makes.</param>
    /// <param name="wish">How stored results may answer; null: as the request's Cache-Control says.</param>
    /// <exception cref="ProblemException">Refused, failed, or still running when the time to hold was up.</exception>
    public async Task<IResult> RunAsync(HttpContext context, PreparedJob prepared, bool wantsJob, CacheWish? wish = null)
    {
        Conditions.LeaveToLooks(context.Request);
        var preferences = Preferences.Of(context.Request);
        var identity = SubmitIdentity.New(context.Request) with { Waits = !preferences.RespondAsync || preferences.Wait is not null };
        var plan = await cache.PlanAsync(prepared, wish ?? CacheWishes.Of(context.Request), identity.Key is not null, context.RequestAborted);
        var hot = plan.Looks && identity.Waits && !wantsJob ? cache.TryGetHot(plan.Key!) : null;
        if (hot is not null && !cache.TakesLook(hot))
            return Hot(context, preferences, hot);
        try
        {
            while (true)
            {
                var (result, next) = await TryAsync(context, prepared, wantsJob, preferences, identity, plan);
                if (result is not null)
                    return result;
                plan = next;
            }
        }
        catch (Exception exception) when (hot is not null && ProblemMapping.Of(exception)?.Kind == ProblemKinds.RedisUnavailable)
        {
            // What is in memory needs Redis only to learn whether there is something newer.
            return Hot(context, preferences, hot);
        }
    }

    private IResult Hot(HttpContext context, Preferences preferences, HotResult hot)
    {
        status.Hit(context.Response, isHot: true);
        context.Response.Headers.Vary = Vary;
        preferences.Echo(context.Response);
        return hot.Answer();
    }

    // Either an answer, or another plan, because what was found turned out to be of no use.
    private async Task<(IResult? Result, CachePlan Next)> TryAsync(
        HttpContext context, PreparedJob prepared, bool wantsJob, Preferences preferences, SubmitIdentity identity, CachePlan plan)
    {
        using var watched = waiter.WatchOwn(identity.Id);
        (var outcome, plan) = await submitter.SubmitAsync(context, prepared, identity, plan);
        context.Response.Headers.Vary = Vary;
        if (outcome.Stored is { } found)
        {
            preferences.Echo(context.Response);
            var known = wantsJob || !identity.Waits
                ? await stored.JobAsync(context, found, status202: !identity.Waits, preferences.Minimal)
                : await stored.OfAsync(context, plan.Key!, found);
            return (known, plan.Without(found.JobId, "miss"));
        }

        var joined = outcome.Code == SubmitCode.Joined;
        if (joined && outcome.State == JobState.Failed)
            status.Failed(context.Response);
        else
            status.Forwarded(context.Response, plan, joined);
        if (!identity.Waits)
            return (await AcceptedAsync(context, preferences, await answer.FindAsync(outcome.JobId, context.RequestAborted)), plan);
        var limit = preferences.Wait ?? HoldLimit(prepared);
        var job = await HoldAsync(context, watched, identity, outcome, prepared, limit);
        if (joined && !await IsUsableAsync(job, context.RequestAborted))
            return (null, plan.Without(outcome.JobId, "stale"));
        if (job is null)
            throw JobAnswer.NotFound(outcome.JobId);
        CacheStatus.Ended(context.Response, plan, job, joined);
        return (await EndedAsync(context, preferences, job, wantsJob, limit), plan);
    }

    // Of a job that somebody else began: deleted at its end, or the files that it depends on have changed since.
    private async ValueTask<bool> IsUsableAsync(Job? job, CancellationToken cancellation) =>
        job is not null && (job is not { State: JobState.Succeeded, Caching.Reads: var reads } || await cache.IsFreshAsync(reads, cancellation));

    private async Task<IResult> EndedAsync(HttpContext context, Preferences preferences, Job job, bool wantsJob, TimeSpan limit)
    {
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
            return await waiter.EndAsync(watched, outcome, limit, context.RequestAborted);
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
