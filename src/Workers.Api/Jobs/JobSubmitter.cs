using Microsoft.AspNetCore.Http;
using Workers.Api.Http;
using Workers.Api.Problems;
using Workers.Api.Security;
using Workers.Api.Status;
using Workers.Contracts;
using Workers.Jobs;
using Workers.Jobs.Redis;

namespace Workers.Api.Jobs;

/// <summary>Under which id and key a request submits.</summary>
/// <param name="Id">Made here, or chosen by the client.</param>
internal sealed record SubmitIdentity(string Id)
{
    /// <summary>True for PUT: the client chose the id.</summary>
    public bool IdIsClients { get; init; }

    /// <summary>The Idempotency-Key.</summary>
    public string? Key { get; init; }

    /// <summary>The request waits for the job's end.</summary>
    public bool Waits { get; init; }

    /// <summary>The job this is a retry of.</summary>
    public string? RetryOf { get; init; }

    /// <summary>How stored results are used; null: the job is its own.</summary>
    public CacheUse? Cache { get; init; }

    /// <summary>A new id, and the request's key.</summary>
    public static SubmitIdentity New(HttpRequest request) => new(Submission.NewId()) { Key = IdempotencyKey.Of(request) };
}

/// <summary>Hands prepared jobs to Redis and says what became of them.</summary>
internal sealed class JobSubmitter(JobStore jobs, QueueView queues)
{
    /// <summary>Submits. Not ended by a client that leaves: what was sent to Redis may have been carried out.</summary>
    /// <returns><see cref="SubmitCode.Created"/> or <see cref="SubmitCode.Repeated"/>; with <see cref="SubmitIdentity.Cache"/> also
    /// <see cref="SubmitCode.Hit"/> or <see cref="SubmitCode.Joined"/>.</returns>
    /// <exception cref="ProblemException">Refused, or the outcome is not known (503 with the job's id).</exception>
    public async Task<SubmitOutcome> SubmitAsync(HttpContext context, PreparedJob prepared, SubmitIdentity identity)
    {
        var caller = Caller.Of(context);
        var submission = new Submission
        {
            Id = identity.Id,
            Client = caller.Name,
            Weight = caller.Weight,
            Specification = prepared.Specification,
            IdempotencyKey = identity.Key,
            BodyHash = identity.IdIsClients || identity.Key is not null ? RequestHash.Of(prepared.Asked) : "",
            Held = identity.Waits,
            RetryOf = identity.RetryOf,
            QueueLimit = prepared.Engine.QueueLimit,
            Cache = identity.Cache,
        };
        SubmitOutcome outcome;
        try
        {
            outcome = await jobs.SubmitAsync(submission, CancellationToken.None);
        }
        catch (RedisUnavailableException exception) when (exception.UnknownOutcome)
        {
            throw Unknown(identity, exception).AsException(exception);
        }

        if (outcome.Code is SubmitCode.Created or SubmitCode.Repeated or SubmitCode.Hit or SubmitCode.Joined)
            return outcome;
        throw (await RefusalAsync(outcome, prepared, identity)).AsException();
    }

    private static Problem Unknown(SubmitIdentity identity, RedisUnavailableException exception)
    {
        var repeat = identity.Key is not null || identity.IdIsClients
            ? "Send the same request again: its key makes that harmless."
            : $"Look at GET /v1/jobs/{identity.Id} before sending it again, or send an Idempotency-Key next time.";
        return new Problem(ProblemKinds.RedisUnavailable, $"It is not known whether the job was stored: {exception.Message} {repeat}")
        {
            JobId = identity.Id,
            Location = $"/v1/jobs/{identity.Id}",
            RetryAfter = exception.RetryAfter,
        };
    }

    private async ValueTask<Problem> RefusalAsync(SubmitOutcome outcome, PreparedJob prepared, SubmitIdentity identity) => outcome.Code switch
    {
        SubmitCode.Conflict when identity.IdIsClients && outcome.JobId == identity.Id =>
            new Problem(ProblemKinds.JobIdTaken, $"Job '{identity.Id}' was submitted with another body; choose another id.")
                { JobId = outcome.JobId },
        SubmitCode.Conflict =>
            new Problem(ProblemKinds.KeyReused,
                $"This Idempotency-Key was used for job {outcome.JobId} with another body; use a new key for a new request.")
            {
                JobId = outcome.JobId,
            },
        SubmitCode.Gone =>
            new Problem(ProblemKinds.KeyGone, $"Job {outcome.JobId} of this Idempotency-Key was deleted; use a new key to run it again.")
            {
                JobId = outcome.JobId,
            },
        SubmitCode.QueueFull =>
            new Problem(ProblemKinds.QueueFull, $"{outcome.Detail} jobs wait for engine '{prepared.Engine.Name}', which is as many as may.")
            {
                RetryAfter = await queues.RetryAfterAsync(prepared.Engine, CancellationToken.None),
            },
        SubmitCode.UnknownAsset => UnknownAsset(outcome.Detail ?? "", prepared.AssetPointers),
        _ => throw new InvalidOperationException($"submit.lua answered {outcome.Code}."),
    };

    private static Problem UnknownAsset(string hex, IReadOnlyDictionary<string, string> pointers)
    {
        var pointer = pointers.GetValueOrDefault(hex, "");
        return new Problem(ProblemKinds.UnknownAsset, $"sha256:{hex} is not stored here; upload it first (POST /v1/assets).")
        {
            Errors = [new ProblemError(pointer, "Names an asset that is not stored.")],
        };
    }
}
