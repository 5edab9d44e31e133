using System.Text.Json;
using Workers.Api.Jobs;
using Workers.Contracts;
using Workers.Jobs;
using Workers.Jobs.Events;
using static Workers.Api.Events.StreamLoop;

namespace Workers.Api.Events;

/// <summary>
/// One reader's place in a job's life. Durable events come from the job's stream in Redis, each once and in order; progress and snapshot tell only
/// the newest, so a slow reader misses some of them and nothing piles up.
/// </summary>
internal sealed class JobStreamReader(
    JobStore jobs, AttemptStore attempts, EventFeed feed, JobDocuments documents, string id, string? after)
{
    private const int Schema = 1;
    private HintKinds heard = HintKinds.All;
    private JobProgress? told;
    private int snapshots;

    /// <summary>Notes what the hints since the last step were about.</summary>
    public void Heard(HintKinds kinds) => heard = kinds;

    /// <summary>Adds what is new.</summary>
    public async Task<Step> StepAsync(SseWriter writer, CancellationToken cancellation)
    {
        var step = await DurableAsync(writer, cancellation);
        if (step == Step.Over)
            return step;
        var passing = await PassingAsync(writer, cancellation);
        return passing == Step.Quiet ? step : passing;
    }

    private async Task<Step> DurableAsync(SseWriter writer, CancellationToken cancellation)
    {
        var step = Step.Quiet;
        while (true)
        {
            var page = await feed.ReadJobAsync(id, after, cancellation);
            if (page.Gap)
                return await ResetAsync(writer, cancellation);
            foreach (var happened in page.Events)
            {
                writer.Event(happened.Type, happened.Data, happened.Id);
                after = happened.Id;
                if (happened.IsTerminal)
                    return Step.Over;
                step = Step.Wrote;
            }

            if (page.Events.Count == 0)
                return step;
            // A long history goes out page by page, at the reader's speed.
            await writer.FlushAsync(cancellation);
        }
    }

    // What was asked for is gone: the job as it is now stands for everything up to the newest event.
    private async Task<Step> ResetAsync(SseWriter writer, CancellationToken cancellation)
    {
        for (var page = await feed.ReadJobAsync(id, null, cancellation); page.Events.Count > 0;
             page = await feed.ReadJobAsync(id, after, cancellation))
        {
            after = page.Events[^1].Id;
        }

        if (await jobs.FindAsync(id, cancellation) is not { } job)
            return Step.Over;
        var document = await documents.WithPlaceAsync(job, includeInput: false, cancellation);
        writer.Event(StreamEventNames.Reset, JsonSerializer.Serialize(new JobResetEvent(Schema, document), WireJson.Readable.JobResetEvent), after);
        // The terminal event may have been written between the two looks; then it comes with the next one.
        return job.State.IsTerminal() && await IsNewestAsync(cancellation) ? Step.Over : Step.Wrote;
    }

    private async Task<bool> IsNewestAsync(CancellationToken cancellation) =>
        (await feed.ReadJobAsync(id, after, cancellation)).Events.Count == 0;

    private async Task<Step> PassingAsync(SseWriter writer, CancellationToken cancellation)
    {
        var step = Step.Quiet;
        if (heard.HasFlag(HintKinds.Progress) || heard == HintKinds.None)
        {
            if (await jobs.FindAsync(id, cancellation) is not { } job)
                return Step.Over;
            step = Progress(writer, job);
        }

        if (heard.HasFlag(HintKinds.Snapshot) && await attempts.FindSnapshotAsync(id, cancellation) is { } snapshot)
        {
            var url = $"/v1/jobs/{id}/snapshot?n={++snapshots}";
            writer.Event(
                StreamEventNames.Snapshot,
                JsonSerializer.Serialize(
                    new SnapshotEvent(Schema, id, url, snapshot.MediaType, snapshot.Width, snapshot.Height), WireJson.Readable.SnapshotEvent));
            step = Step.Wrote;
        }

        heard = HintKinds.None;
        return step;
    }

    private Step Progress(SseWriter writer, Job job)
    {
        if (job.State != JobState.Running || job.Progress is not { } progress || progress == told)
            return Step.Quiet;
        told = progress;
        writer.Event(
            StreamEventNames.Progress,
            JsonSerializer.Serialize(
                new ProgressEvent(Schema, id, job.Attempt, progress.Fraction, progress.Message, progress.EtaSeconds),
                WireJson.Readable.ProgressEvent));
        return Step.Wrote;
    }
}
