using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Workers.Blobs;
using Workers.Jobs;
using Workers.Jobs.Redis;

namespace Workers.Api.Problems;

/// <summary>The one place that turns what the domain says into what HTTP says.</summary>
public static class ProblemMapping
{
    private static readonly TimeSpan StoreRetry = TimeSpan.FromSeconds(5);

    /// <summary>The problem of an exception, or null for our own bugs.</summary>
    public static Problem? Of(Exception exception) => exception switch
    {
        ProblemException { Problem: var problem } => problem,
        RedisUnavailableException redis => new Problem(ProblemKinds.RedisUnavailable, $"Redis cannot be used just now: {redis.Message}")
        {
            RetryAfter = redis.RetryAfter,
        },
        BlobStoreUnavailableException store => new Problem(ProblemKinds.StoreUnavailable, store.Message) { RetryAfter = StoreRetry },
        BlobTooLargeException tooLarge => new Problem(ProblemKinds.TooLarge, tooLarge.Message),
        BadHttpRequestException bad when ProblemKinds.OfBareStatus(bad.StatusCode) is { } kind => new Problem(kind, bad.Message),
        JsonException json => new Problem(ProblemKinds.MalformedRequest, $"The body is not JSON: {json.Message}"),
        _ => null,
    };

    /// <summary>How a held call answers a job that did not succeed.</summary>
    public static Problem OfFailure(Job job)
    {
        var failure = job.Failure ?? new JobFailure(FailureKinds.EngineError, "The job ended without saying why.");
        var kind = failure.Kind switch
        {
            FailureKinds.InvalidInput => ProblemKinds.InvalidInput,
            FailureKinds.EngineError => ProblemKinds.EngineError,
            FailureKinds.EngineCrashed => ProblemKinds.EngineCrashed,
            FailureKinds.Stalled => ProblemKinds.Stalled,
            FailureKinds.Deadline => ProblemKinds.Deadline,
            FailureKinds.Canceled => OfCancel(job),
            FailureKinds.NodeLost or FailureKinds.Preempted => ProblemKinds.NodeLost, // The latter is an attempt's failure, and a job's only after 20 of both.
            FailureKinds.OutputRejected => ProblemKinds.OutputRejected,
            FailureKinds.StoreFailed => ProblemKinds.StoreFailed,
            FailureKinds.QueueTimeout => ProblemKinds.QueueTimeout,
            _ => ProblemKinds.EngineError,
        };
        return new Problem(kind, failure.Message)
        {
            JobId = job.Id,
            Location = $"/v1/jobs/{job.Id}",
            Retryable = failure.Retryable,
            RetryAfter = kind.Status == StatusCodes.Status503ServiceUnavailable ? TimeSpan.FromSeconds(2) : null,
            Errors = failure.Pointer is { } pointer ? [new(pointer, failure.Message)] : null,
        };
    }

    private static ProblemKind OfCancel(Job job) =>
        job.Failure?.Reason == CancelReasons.Superseded ? ProblemKinds.JobSuperseded : ProblemKinds.JobCanceled;

    /// <summary>How a request for the result of a job that has none is answered: 409 naming why.</summary>
    public static Problem OfMissingResult(Job job) =>
        new(
            job.State == JobState.Canceled ? OfCancel(job) : ProblemKinds.JobFailed,
            $"There is no result: {job.Failure?.Kind ?? job.State.Wire()}: {job.Failure?.Message ?? "no reason was given"}. "
            + $"POST /v1/jobs/{job.Id}/retry runs it again.")
        {
            JobId = job.Id,
        };
}
