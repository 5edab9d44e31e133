using Microsoft.Extensions.Logging;
using Workers.Jobs;

namespace Workers.Node.Maintenance;

/// <summary>Deletes ended jobs whose time to live is over.</summary>
internal sealed class JobJanitor(JobStore store, ILogger<JobJanitor> logger) : MaintenanceLoop(TimeSpan.FromSeconds(5), logger)
{
    /// <inheritdoc/>
    protected override async Task<bool> RunOnceAsync(CancellationToken cancellation) => await store.SweepAsync(cancellation) > 0;
}
