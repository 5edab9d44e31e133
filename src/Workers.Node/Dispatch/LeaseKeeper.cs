using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Workers.Jobs;
using Workers.Jobs.Redis;

namespace Workers.Node.Dispatch;

/// <summary>
/// Renews all leases of the node in one call each third of their duration, and passes on what it hears: lost ones are dropped, cancel requests
/// stop their attempt. While Redis is away attempts go on: Redis judges leases by its own clock, and spares them after a gap.
/// </summary>
internal sealed partial class LeaseKeeper(AttemptStore store, RunningAttempts attempts, ILogger<LeaseKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = JobStore.LeaseDuration / 3;
    private static readonly TimeSpan OutageInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>Renews all leases once.</summary>
    /// <exception cref="RedisUnavailableException">Redis does not answer.</exception>
    public async Task RenewAsync(CancellationToken cancellation)
    {
        var held = attempts.All.ToList();
        var renewed = await store.RenewAsync([.. held.Select(attempt => attempt.Lease)], cancellation);
        for (var index = 0; index < renewed.Count; index++)
        {
            if (!renewed[index].Held)
                Drop(held[index]);
            else if (renewed[index].CancelRequested)
                held[index].RequestStop(StopReason.Canceled);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = Interval;
        while (true)
        {
            await Task.WhenAny(Task.Delay(pause, stoppingToken));
            if (stoppingToken.IsCancellationRequested)
                return;
            try
            {
                await RenewAsync(stoppingToken);
                pause = Interval;
            }
            catch (RedisUnavailableException error)
            {
                pause = OutageInterval;
                LogNotRenewed(attempts.All.Count, error.Message);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    // An attempt that has just been settled is "lost" as well, and rightly so.
    private void Drop(RunningAttempt attempt)
    {
        LogLost(attempt.Job.Id, attempt.Lease.Attempt);
        attempt.RequestStop(StopReason.LeaseLost);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The lease of job {Job}, attempt {Attempt}, is not ours any more")]
    private partial void LogLost(string job, int attempt);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} leases could not be renewed: {Reason}")]
    private partial void LogNotRenewed(int count, string reason);
}
