using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Workers.Blobs;
using Workers.Jobs;
using Workers.Jobs.Assets;

namespace Workers.Node.Maintenance;

/// <summary>Reads ended inspections and notes what their files name. Twice is harmless, so that any number of nodes may do it.</summary>
internal sealed partial class LinkIndexer(LinkIndex index, JobStore jobs, IBlobStore blobs, ILogger<LinkIndexer> logger)
    : MaintenanceLoop(TimeSpan.FromSeconds(2), logger)
{
    private const int Batch = 50;
    private const long MostBytes = 64 << 20;

    /// <inheritdoc/>
    protected override async Task<bool> RunOnceAsync(CancellationToken cancellation)
    {
        var pending = await index.PendingAsync(Batch, cancellation);
        foreach (var id in pending)
        {
            var job = await jobs.FindAsync(id, cancellation);
            if (job is not null && LinkSubject.Of(FileOf(job)) is { } subject)
                await index.IndexAsync(id, subject, FileLink.Of(await OutputAsync(job, cancellation)), cancellation);
            else
                await index.SkipAsync(id, cancellation);
        }

        return pending.Count == Batch;
    }

    private static string? FileOf(Job job) =>
        job.Specification.Input["file"] is JsonValue value && value.TryGetValue<string>(out var file) ? file : null;

    // A large output is a file.
    private async Task<JsonNode?> OutputAsync(Job job, CancellationToken cancellation)
    {
        if (job.Result is not { Output: null, Artifacts: [{ MediaType: "application/json", Size: <= MostBytes } main, ..] })
            return job.Result?.Output;
        try
        {
            await using var content = await blobs.OpenAsync(AssetId.Hex(main.Asset), cancellation);
            return content is null ? null : await JsonNode.ParseAsync(content, cancellationToken: cancellation);
        }
        catch (JsonException error)
        {
            LogUnreadable(job.Id, error.Message);
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {JobId}: its inspection cannot be read: {Reason}")]
    private partial void LogUnreadable(string jobId, string reason);
}
