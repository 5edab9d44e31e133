using Microsoft.Extensions.Logging;
using Workers.Jobs;

namespace Workers.Node.Maintenance;

/// <summary>Takes expired leases away from nodes that are gone. The only place that does.</summary>
internal sealed partial class Recoverer(JobStore store, ILogger<Recoverer> logger) : MaintenanceLoop(TimeSpan.FromSeconds(1), logger)
{
    /// <summary>The script's answer after a gap in its ticks. The first tick of an installation has another answer, and nothing to tell.</summary>
    private const int AfterGap = -1;

    /// <inheritdoc/>
    protected override async Task<bool> RunOnceAsync(CancellationToken cancellation)
    {
        var recovered = await store.RecoverExpiredAsync(cancellation);
        if (recovered > 0)
            LogRecovered(recovered);
        if (recovered == AfterGap)
            LogSpared();
        return false; // The next tick takes what is left: the script measures the time between its ticks.
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} jobs had lost their node and were taken back")]
    private partial void LogRecovered(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Nobody looked after leases for a while (Redis or all nodes were away): all were extended")]
    private partial void LogSpared();
}
