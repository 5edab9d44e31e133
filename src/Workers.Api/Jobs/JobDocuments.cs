using Workers.Api.Engines;
using Workers.Api.Security;
using Workers.Api.Status;
using Workers.Contracts;
using Workers.Jobs;
using Workers.Jobs.Queue;

namespace Workers.Api.Jobs;

/// <summary>Turns jobs into what goes over the wire.</summary>
internal sealed class JobDocuments(QueueStore store, QueueView queues, EngineCatalog catalog, ApiKeys keys, Tickets tickets)
{
    /// <summary>The document of one job, with its place in the queue and, where keys are configured, a ticket for its events.</summary>
    public async Task<JobDocument> WithPlaceAsync(Job job, bool includeInput, CancellationToken cancellation)
    {
        var document = Write(job, includeInput);
        if (job.State == JobState.Queued && await store.AheadAsync(job.Id, cancellation) is { } ahead)
            document = document with { Queue = await PlaceAsync(job, ahead, cancellation) };
        if (!keys.Any)
            return document;
        var ticket = await tickets.IssueAsync(job.Id, cancellation);
        return document with { Links = document.Links with { Events = $"{document.Links.Events}?ticket={ticket}" } };
    }

    /// <summary>The document of one job, from its record alone.</summary>
    public static JobDocument Write(Job job, bool includeInput = false)
    {
        var (specification, result) = (job.Specification, job.Result);
        return new JobDocument
        {
            Id = job.Id,
            Name = specification.Name,
            State = job.State.Wire(),
            CancelRequested = job.CancelRequested,
            Engine = specification.Engine,
            Function = specification.Function,
            Client = job.Client,
            Attempt = job.Attempt,
            MaxAttempts = specification.MaxAttempts,
            Priority = specification.Priority,
            Progress = job.Progress is { } progress ? new(progress.Fraction, progress.Message, progress.EtaSeconds) : null,
            Worker = job.Attempts is [.., { Worker: { } worker } last] ? new(worker, last.Node, last.Pid) : null,
            Warm = result?.Warm,
            Timings = result is null ? null : Timings(job, result.Timings),
            Output = result?.Output?.DeepClone(),
            Artifacts = [.. (result?.Artifacts ?? []).Select(artifact => Write(job.Id, artifact))],
            Warnings = [.. (result?.Warnings ?? []).Select(warning => new WarningDocument(warning.Code, warning.Detail))],
            Failure = Write(job.Failure),
            Attempts = [.. job.Attempts.Select(Write)],
            Tags = specification.Tags,
            Metadata = specification.Metadata,
            RetryOf = job.RetryOf,
            Input = includeInput ? specification.Input.DeepClone().AsObject() : null,
            CreatedAt = job.CreatedAt,
            RunAt = job.RunAt,
            StartedAt = job.StartedAt,
            EndedAt = job.EndedAt,
            Links = new JobLinks($"/v1/jobs/{job.Id}", $"/v1/jobs/{job.Id}/events", $"/v1/jobs/{job.Id}/result", $"/v1/jobs/{job.Id}/log"),
        };
    }

    /// <summary>Seconds from when it could have been started to when its newest attempt was.</summary>
    public static double QueueSeconds(Job job) =>
        job.StartedAt is { } started ? Math.Max(0, (started - (job.QueuedAt ?? job.CreatedAt)).TotalSeconds) : 0;

    private async ValueTask<JobQueueDocument> PlaceAsync(Job job, long ahead, CancellationToken cancellation)
    {
        var queue = (await queues.GetAsync(cancellation)).GetValueOrDefault(job.Specification.Engine);
        var engine = catalog.Current.Find(job.Specification.Engine);
        return new JobQueueDocument(ahead, queue is null || engine is null ? null : QueueView.DrainSeconds(queue, engine, ahead));
    }

    private static JobTimingsDocument Timings(Job job, JobTimings timings) =>
        new(QueueSeconds(job), timings.LoadSeconds, timings.RunSeconds, timings.EncodeSeconds);

    private static ArtifactDocument Write(string job, JobArtifact artifact) => new(
        artifact.Name, artifact.Asset, artifact.MediaType, artifact.Size, artifact.Width, artifact.Height,
        $"/v1/jobs/{job}/artifacts/{string.Join('/', artifact.Name.Split('/').Select(Uri.EscapeDataString))}");

    private static AttemptDocument Write(JobAttempt attempt) =>
        new(attempt.Number, attempt.Node, attempt.Worker, attempt.StartedAt, attempt.EndedAt, Write(attempt.Failure));

    private static FailureDocument? Write(JobFailure? failure) =>
        failure is null ? null : new(failure.Kind, failure.Message, failure.Retryable, failure.Pointer, failure.Reason);
}
