using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Workers.Api.Events;
using Workers.Api.Http;
using Workers.Api.Problems;
using Workers.Jobs;

namespace Workers.Api.Jobs;

/// <summary>POST /v1/jobs, PUT /v1/jobs/{clientId}, POST /v1/jobs/{id}/retry.</summary>
internal sealed partial class SubmitHandlers(
    JobPreparer preparer, JobSubmitter submitter, JobRetrier retrier, JobWaiter waiter, JobAnswer answer, JobStream stream)
{
    /// <summary>Submits an envelope.</summary>
    public async Task<IResult> SubmitAsync(HttpContext context)
    {
        var identity = SubmitIdentity.New(context.Request);
        return await SubmitEnvelopeAsync(context, identity, StatusCodes.Status202Accepted);
    }

    /// <summary>Submits an envelope under the client's own id: 201, repeated 200.</summary>
    public async Task<IResult> PutAsync(HttpContext context, string id)
    {
        if (!ClientId().IsMatch(id))
        {
            throw EnvelopeReader.Wrong(
                [new Contracts.ProblemError("", "An id of your own is 1 to 64 letters, digits, underscores and hyphens.")]);
        }

        var identity = new SubmitIdentity(id) { IdIsClients = true, Key = IdempotencyKey.Of(context.Request) };
        return await SubmitEnvelopeAsync(context, identity, StatusCodes.Status201Created);
    }

    /// <summary>Submits the same again as a new job with <c>retryOf</c>.</summary>
    public async Task<IResult> RetryAsync(HttpContext context, string id)
    {
        var job = await answer.FindAsync(id, context.RequestAborted);
        if (!job.State.IsTerminal())
        {
            throw new Problem(ProblemKinds.JobNotOver,
                $"The job is {job.State.Wire()}; only ended jobs are tried again. POST /v1/jobs/{id}/cancel ends it.")
            {
                JobId = id,
            }.AsException();
        }

        var outcome = await retrier.RetryAsync(context, job, SubmitIdentity.New(context.Request));
        return await answer.StatusAsync(
            context, await answer.FindAsync(outcome.JobId, context.RequestAborted),
            StatusCodes.Status201Created, Preferences.Of(context.Request).Minimal);
    }

    private async Task<IResult> SubmitEnvelopeAsync(HttpContext context, SubmitIdentity identity, int created)
    {
        var preferences = Preferences.Of(context.Request);
        var envelope = EnvelopeReader.Read(await JsonBody.ReadObjectAsync(context.Request, context.RequestAborted));
        var prepared = await preparer.PrepareAsync(context, envelope);
        using var watched = preferences.Wait is null ? null : waiter.WatchOwn(identity.Id);
        var outcome = await submitter.SubmitAsync(context, prepared, identity with { Waits = watched is not null });
        if (Accepts.EventStream(context.Request))
            return stream.Of(outcome.JobId);

        preferences.Echo(context.Response);
        var job = watched is null
            ? await answer.FindAsync(outcome.JobId, context.RequestAborted)
            : await waiter.EndAsync(watched, outcome, preferences.Wait!.Value, context.RequestAborted) ?? throw JobAnswer.NotFound(outcome.JobId);
        if (created == StatusCodes.Status201Created)
            return await answer.StatusAsync(
                context, job, outcome.Code == SubmitCode.Created ? created : StatusCodes.Status200OK, preferences.Minimal);
        // An answer that did not wait is 202 even where the job was quick: the client reads it at Location.
        return watched is null
            ? await answer.StatusAsync(context, job, created, preferences.Minimal)
            : await answer.CurrentAsync(context, job, preferences.Minimal);
    }

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,64}\z")]
    private static partial Regex ClientId();
}
