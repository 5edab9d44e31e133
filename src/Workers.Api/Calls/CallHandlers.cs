using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Workers.Api.Engines;
using Workers.Api.Http;
using Workers.Api.Jobs;
using Workers.Api.Problems;
using Workers.Contracts;
using Workers.Jobs;
using Workers.Jobs.Redis;

namespace Workers.Api.Calls;

/// <summary>Calls that wait: submit, hold, and answer what the function made.</summary>
internal sealed partial class CallHandlers(
    EngineCatalog catalog, CallBodyReader bodies, FunctionSelector selector, JobPreparer preparer, JobSubmitter submitter, JobWaiter waiter,
    JobAnswer answer, ResultAnswer results, JobStore jobs, ILogger<CallHandlers> logger)
{
    private static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan CancelLimit = TimeSpan.FromSeconds(5);

    /// <summary>Runs a function.</summary>
    /// <param name="context">The request: body, wishes, client.</param>
    /// <param name="function">The function's name.</param>
    /// <param name="engine">The engine's name; null: the default for the function and file type.</param>
    public async Task<IResult> CallAsync(HttpContext context, string function, string? engine)
    {
        var (request, preferences) = (context.Request, Preferences.Of(context.Request));
        var identity = SubmitIdentity.New(request) with { Waits = !preferences.RespondAsync || preferences.Wait is not null };
        var candidates = FunctionSelector.Candidates(await catalog.GetAsync(context.RequestAborted), function, engine);
        var body = await bodies.ReadAsync(context);
        var chosen = await selector.ChooseAsync(candidates, function, body, context.RequestAborted);
        var view = chosen.Functions[function];
        var input = body.ToInput(view);
        var wantsJob = PictureFormats.Agree(request, chosen, view, input);
        var prepared = preparer.Prepare(context, Specification(request, chosen, function, input), chosen, view, root: "");

        using var watched = waiter.Watch(identity.Id);
        var outcome = await submitter.SubmitAsync(context, prepared, identity);
        if (preferences.RespondAsync && preferences.Wait is null)
            return await AcceptedAsync(context, preferences, await answer.FindAsync(outcome.JobId, context.RequestAborted));
        var limit = preferences.Wait ?? HoldLimit(prepared);
        var job = await HoldAsync(context, watched, identity, outcome, prepared, limit) ?? throw JobAnswer.NotFound(outcome.JobId);
        context.Response.Headers.Vary = "Prefer, Accept";
        if (!job.State.IsTerminal())
            return preferences.ExpectsAccepted || Accepts.NamesJson(request)
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

    private static JobSpecification Specification(HttpRequest request, EngineView engine, string function, JsonObject input)
    {
        var query = request.Query;
        List<ProblemError> errors = [];
        double? Number(string name, double least, double most)
        {
            if (query[name].FirstOrDefault() is not { } text)
                return null;
            if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
                return value;
            errors.Add(new ProblemError("/" + name, string.Create(CultureInfo.InvariantCulture, $"Must be a number from {least} to {most}.")));
            return null;
        }

        string? Key(string name)
        {
            if (query[name].FirstOrDefault() is not { Length: > 0 } key)
                return null;
            if (key.Length > JobLimits.KeyLength || key.Any(char.IsControl))
                errors.Add(new ProblemError("/" + name, $"Must have at most {JobLimits.KeyLength} characters, none of them a control character."));
            return key;
        }

        var specification = new JobSpecification
        {
            Engine = engine.Name,
            Function = function,
            Input = input,
            TimeoutSeconds = Number("timeoutSeconds", 0.001, JobLimits.TimeoutSeconds),
            Priority = (int)(Number("priority", 0, 100) ?? 50),
            Supersedes = Key("supersedes"),
            Tags =
            [
                .. query["tag"].OfType<string>().Where(tag => tag.Length is > 0 and <= JobLimits.TagLength && !tag.Any(char.IsControl))
                    .Distinct().Take(JobLimits.Tags),
            ],
        };
        return errors.Count == 0 ? specification : throw EnvelopeReader.Wrong(errors);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Job {JobId}: the client that waited went away; cancel: {Outcome}")]
    private partial void LogAbandoned(string jobId, CancelOutcome outcome);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {JobId}: the client that waited went away, but it could not be canceled: {Reason}")]
    private partial void LogNotCanceled(string jobId, string reason);
}
