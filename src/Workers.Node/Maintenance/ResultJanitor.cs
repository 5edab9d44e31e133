using Microsoft.Extensions.Logging;
using Workers.Jobs;
using Workers.Jobs.Configuration;

namespace Workers.Node.Maintenance;

/// <summary>Forgets stored results that are above the limits or were not used for too long; <see cref="BlobJanitor"/> then deletes their bytes.</summary>
internal sealed partial class ResultJanitor(ResultStore results, ServerSettings settings, ILogger<ResultJanitor> logger)
    : MaintenanceLoop(TimeSpan.FromSeconds(5), logger)
{
    /// <inheritdoc/>
    protected override async Task<bool> RunOnceAsync(CancellationToken cancellation)
    {
        var limits = settings.Cache;
        var forgotten = await results.EvictAsync(limits.Bytes, limits.RecordBytes, TimeSpan.FromDays(limits.Days), cancellation);
        if (forgotten > 0)
            LogForgotten(forgotten);
        return forgotten > 0;
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Forgot {Count} stored results")]
    private partial void LogForgotten(int count);
}
