using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Workers.Jobs;
using Workers.Jobs.Configuration;
using Workers.Jobs.Events;
using Workers.Jobs.Redis;
using Workers.Node.Dispatch;
using Workers.Node.Pools;

namespace Workers.Node.Agent;

/// <summary>
/// The node's life: takes back what its former incarnation held, warms its pools, dispatches; when asked to stop, finishes or gives back what runs,
/// and leaves no process behind.
/// </summary>
internal sealed partial class NodeAgent(
    ServerSettings settings,
    NodeIdentity node,
    AttemptStore store,
    Hints hints,
    PoolSet pools,
    RunningAttempts attempts,
    DispatcherSet dispatchers,
    NodeReporter reporter,
    DesiredState desired,
    ILogger<NodeAgent> logger) : BackgroundService
{
    /// <summary>How long giving attempts back may take after their grace: cancel, and a few writes.</summary>
    public static readonly TimeSpan GiveBackLimit = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan OutagePause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LastReportLimit = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        pools.Changed += reporter.Changed;
        foreach (var pool in pools.All)
            pool.Start();
        hints.Queued += dispatchers.Wake;
        try
        {
            await TakeBackAsync(stoppingToken);
            LogStarted(node.Id, node.Boot, pools.All.Count);
            await Task.WhenAll(
            [
                reporter.RunAsync(stoppingToken),
                desired.RunAsync(stoppingToken),
                .. dispatchers.All.Select(dispatcher => dispatcher.RunAsync(stoppingToken)),
            ]);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopped while it was still waiting for Redis.
        }
        finally
        {
            hints.Queued -= dispatchers.Wake;
            await StopAllAsync();
        }
    }

    private async Task TakeBackAsync(CancellationToken stop)
    {
        while (true)
        {
            try
            {
                var count = await store.TakeBackAsync(node.Id, node.Boot, stop);
                if (count > 0)
                    LogTakenBack(count);
                return;
            }
            catch (RedisUnavailableException error)
            {
                LogWaiting(error.Message);
                await Task.Delay(OutagePause, stop);
            }
        }
    }

    private async Task StopAllAsync()
    {
        LogStopping(attempts.All.Count);
        var grace = TimeSpan.FromSeconds(settings.StopGraceSeconds);
        await Task.WhenAll(dispatchers.All.Select(dispatcher => dispatcher.FinishAsync(grace, GiveBack, GiveBackLimit)));
        await Task.WhenAll(pools.All.Select(pool => pool.DisposeAsync().AsTask()));
        pools.Changed -= reporter.Changed;

        using var limit = new CancellationTokenSource(LastReportLimit);
        reporter.State = "stopped";
        try
        {
            await reporter.ReportAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // Others will see the node as lost instead of stopped.
        }

        LogStopped(node.Id);
    }

    private void GiveBack()
    {
        foreach (var attempt in attempts.All)
            attempt.RequestStop(StopReason.NodeStops);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Node {Node} started as {Boot}, with {Engines} engines")]
    private partial void LogStarted(string node, string boot, int engines);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} jobs of this node's former incarnation went back to their queue")]
    private partial void LogTakenBack(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The node waits for Redis: {Reason}")]
    private partial void LogWaiting(string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The node stops; {Count} attempts are running")]
    private partial void LogStopping(int count);

    [LoggerMessage(Level = LogLevel.Information, Message = "Node {Node} has stopped")]
    private partial void LogStopped(string node);
}
