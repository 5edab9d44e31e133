using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Workers.Jobs.Redis;
using Workers.Node.Pools;

namespace Workers.Node.Maintenance;

/// <summary>
/// A duty that every node performs from time to time. It does not matter how many nodes do it at once: each script is one step and finds
/// nothing left to do.
/// </summary>
internal abstract partial class MaintenanceLoop(TimeSpan interval, ILogger logger) : BackgroundService
{
    private readonly WakeSignal wake = new();

    /// <summary>Performs the duty now, or at the end of the run under way.</summary>
    public void Wake() => wake.Pulse();

    /// <inheritdoc/>
    public override void Dispose()
    {
        wake.Dispose();
        base.Dispose();
    }

    /// <summary>Performs the duty once.</summary>
    /// <returns>Whether there is more to do at once.</returns>
    protected abstract Task<bool> RunOnceAsync(CancellationToken cancellation);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                if (!await TryRunOnceAsync(stoppingToken))
                    await wake.WaitAsync(interval, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The node stops.
        }
    }

    private async Task<bool> TryRunOnceAsync(CancellationToken cancellation)
    {
        try
        {
            return await RunOnceAsync(cancellation);
        }
        catch (RedisUnavailableException error)
        {
            LogPutOff(GetType().Name, error.Message);
            return false;
        }
        catch (Exception error) when (error is not OperationCanceledException) // A duty that stopped for good would be noticed too late.
        {
            LogBroken(error, GetType().Name);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Duty} is put off: {Reason}")]
    private partial void LogPutOff(string duty, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Duty} failed; it is tried again")]
    private partial void LogBroken(Exception error, string duty);
}
