using Microsoft.Extensions.Logging;
using Workers.Jobs;

namespace Workers.Node.Maintenance;

/// <summary>Queues jobs whose time has come, and ends those that waited too long.</summary>
internal sealed class Promoter(JobStore store, ILogger<Promoter> logger) : MaintenanceLoop(Interval, logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ClockSlack = TimeSpan.FromMilliseconds(2); // Redis' clock counts milliseconds.

    private readonly Lock gate = new();
    private Timer? timer;
    private bool disposed;

    /// <summary>A job is due after this time: look right then, instead of up to a second later.</summary>
    public void LookAfter(TimeSpan delay)
    {
        if (delay >= Interval)
            return;
        lock (gate)
        {
            if (disposed)
                return;
            timer ??= new Timer(_ => Wake());
            timer.Change(delay + ClockSlack, Timeout.InfiniteTimeSpan);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        lock (gate)
        {
            disposed = true;
            timer?.Dispose();
        }

        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task<bool> RunOnceAsync(CancellationToken cancellation) => await store.PromoteDueAsync(cancellation) > 0;
}
