using Microsoft.Extensions.Logging;
using Workers.Blobs;
using Workers.Jobs.Assets;

namespace Workers.Node.Maintenance;

/// <summary>
/// Deletes blobs that no job uses and nobody touched for a day: marked first, so that an upload of the same bytes meanwhile stores them again.
/// </summary>
internal sealed partial class BlobJanitor(AssetRegistry registry, IBlobStore blobs, ILogger<BlobJanitor> logger)
    : MaintenanceLoop(TimeSpan.FromMinutes(10), logger)
{
    private const int Batch = 100;
    private static readonly TimeSpan Untouched = TimeSpan.FromDays(1);

    /// <inheritdoc/>
    protected override async Task<bool> RunOnceAsync(CancellationToken cancellation)
    {
        var marked = await registry.MarkUnusedAsync(Untouched, Batch, cancellation);
        foreach (var hex in marked)
        {
            await blobs.DeleteAsync(hex, cancellation);
            await registry.UnmarkAsync(hex, cancellation);
        }

        if (marked.Count > 0)
            LogDeleted(marked.Count);
        return marked.Count == Batch;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Deleted {Count} blobs that no job used for a day")]
    private partial void LogDeleted(int count);
}
