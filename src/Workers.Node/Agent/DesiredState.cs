using Microsoft.Extensions.Logging;
using Workers.Jobs.Events;
using Workers.Jobs.Nodes;
using Workers.Jobs.Redis;
using Workers.Node.Dispatch;
using Workers.Node.Pools;

namespace Workers.Node.Agent;

/// <summary>
/// Follows what operators want: <c>node:ID</c> → <c>drain</c>, <c>engine:NAME</c> → <c>pause</c>, <c>worker:ID</c> → <c>recycle</c>. Read
/// every two seconds and after a hint; wishes that were fulfilled once are taken back.
/// </summary>
internal sealed partial class DesiredState(
    NodeRegistry registry,
    Hints hints,
    NodeIdentity node,
    PoolSet pools,
    DispatcherSet dispatchers,
    NodeReporter reporter,
    ILogger<DesiredState> logger) : IDisposable
{
    private const string WorkerPrefix = "worker:";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly WakeSignal wake = new();

    /// <summary>Follows until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        hints.DesiredChanged += wake.Pulse;
        try
        {
            while (true)
            {
                await TryApplyAsync(stop);
                await wake.WaitAsync(Interval, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The node stops.
        }
        finally
        {
            hints.DesiredChanged -= wake.Pulse;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => wake.Dispose();

    private async Task TryApplyAsync(CancellationToken stop)
    {
        try
        {
            var desired = await registry.DesiredAsync(stop);
            var drain = desired.GetValueOrDefault("node:" + node.Id) == "drain";
            foreach (var dispatcher in dispatchers.All)
                dispatcher.Claiming = !drain && desired.GetValueOrDefault("engine:" + dispatcher.Pool.Specification.Name) != "pause";
            reporter.State = drain ? "draining" : "active";
            await RecycleAsync(desired, stop);
        }
        catch (RedisUnavailableException error)
        {
            LogNotRead(error.Message);
        }
        catch (Exception error) when (error is not OperationCanceledException) // A node that did not obey any more would be noticed too late.
        {
            LogBroken(error);
        }
    }

    private async Task RecycleAsync(IReadOnlyDictionary<string, string> desired, CancellationToken stop)
    {
        foreach (var (subject, what) in desired)
        {
            if (what != "recycle" || !subject.StartsWith(WorkerPrefix, StringComparison.Ordinal))
                continue;
            if (pools.Recycle(subject[WorkerPrefix.Length..]))
                await registry.SetDesiredAsync(subject, null, stop);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "What operators want could not be followed; it is tried again")]
    private partial void LogBroken(Exception error);

    [LoggerMessage(Level = LogLevel.Debug, Message = "What operators want could not be read: {Reason}")]
    private partial void LogNotRead(string reason);
}
