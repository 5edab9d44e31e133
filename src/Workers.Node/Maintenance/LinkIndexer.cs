using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Workers.Blobs;
using Workers.Jobs;
using Workers.Jobs.Assets;

namespace Workers.Node.Maintenance;

/// <summary>Reads ended inspections and notes what their files name. Twice is harmless, so that any number of nodes may do it.</summary>
internal sealed partial class LinkIndexer(LinkIndex index, JobStore jobs, ResultStore results, IBlobStore blobs, ILogger<LinkIndexer> logger)
    : MaintenanceLoop(TimeSpan.FromSeconds(2), logger)
{
    private const int Batch = 50;
    private const long MostBytes = 64 << 20;

    /// <inheritdoc/>
    protected override async Task<bool> RunOnceAsync(CancellationToken cancellation)
    {
        var pending = await index.PendingAsync(Batch, cancellation);
        foreach (var told in pending)
        {
            var (subject, result) = await FindAsync(PendingInspection.Of(told), cancellation);
            if (subject is { } file && result is not null)
                await index.IndexAsync(told, file, FileLink.Of(await OutputAsync(told, result, cancellation)), cancellation);
            else
                await index.SkipAsync(told, cancellation);
        }

        return pending.Count == Batch;
    }

    private async Task<(LinkSubject? Subject, JobResult? Result)> FindAsync(PendingInspection pending, CancellationToken cancellation)
    {
        if (pending is { Result: { } key, Hex: { } hex })
            return (new LinkSubject(LinkSubject.Asset, hex), (await results.FindAsync(key, cancellation))?.Result);
        var job = await jobs.FindAsync(pending.Job!, cancellation);
        return (job is null ? null : LinkSubject.Of(InputFile.Of(job.Specification.Input)), job?.Result ?? new JobResult());
    }

    // A large output is a file.
    private async Task<JsonNode?> OutputAsync(string told, JobResult result, CancellationToken cancellation)
    {
        if (result is not { Output: null, Artifacts: [{ MediaType: "application/json", Size: <= MostBytes } main, ..] })
            return result.Output;
        try
        {
            await using var content = await blobs.OpenAsync(AssetId.Hex(main.Asset), cancellation);
            return content is null ? null : await JsonNode.ParseAsync(content, cancellationToken: cancellation);
        }
        catch (JsonException error)
        {
            LogUnreadable(told, error.Message);
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The inspection {Inspection} cannot be read: {Reason}")]
    private partial void LogUnreadable(string inspection, string reason);
}
