using Microsoft.Extensions.Logging;
using Workers.Jobs.Nodes;
using Workers.Jobs.Processes;
using Workers.Jobs.Redis;
using Workers.Node.Dispatch;
using Workers.Node.Pools;
using Workers.Node.Processes;

namespace Workers.Node.Agent;

/// <summary>Tells Redis every two seconds how the node is, and soon after something changed.</summary>
internal sealed partial class NodeReporter(
    NodeRegistry registry, NodeIdentity node, PoolSet pools, DispatcherSet dispatchers, ILogger<NodeReporter> logger) : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    // Busy and ready alternate with every call: more reports than this would tell nothing more.
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(500);

    private readonly WakeSignal wake = new();
    private volatile string state = "active";
    private long lastTended = long.MinValue / 2;

    /// <summary><c>active</c>, <c>draining</c> or <c>stopped</c>.</summary>
    public string State
    {
        get => state;
        set
        {
            if (state == value)
                return;
            state = value;
            wake.Pulse();
        }
    }

    /// <summary>Something changed that a report shows.</summary>
    public void Changed() => wake.Pulse();

    /// <summary>Reports until it is stopped; then the owner says the last word with <see cref="ReportAsync"/>.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                TendPools();
                await ReportAsync(stop);
                await Task.Delay(ShortestInterval, stop);
                await wake.WaitAsync(Interval - ShortestInterval, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The node stops.
        }
    }

    /// <summary>Reports once; while Redis is away that is put off.</summary>
    public async Task ReportAsync(CancellationToken cancellation)
    {
        try
        {
            await registry.ReportAsync(Report(), cancellation);
        }
        catch (RedisUnavailableException error)
        {
            LogNotReported(error.Message);
        }
        catch (Exception error) when (error is not OperationCanceledException) // A node that fell silent for good would be taken for dead.
        {
            LogBroken(error);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => wake.Dispose();

    // Reads all of /proc: with the heartbeat, not with each change.
    private void TendPools()
    {
        if (Environment.TickCount64 - lastTended < Interval.TotalMilliseconds)
            return;
        lastTended = Environment.TickCount64;
        pools.Tend(ResidentMemory.ByGroup(pools.Groups()));
    }

    private NodeReport Report()
    {
        var memory = OwnMemory.Now();
        return new NodeReport
        {
            Id = node.Id,
            Boot = node.Boot,
            State = State,
            Host = Environment.MachineName,
            Pid = Environment.ProcessId,
            Version = NodeIdentity.Version,
            Labels = node.Labels,
            StartedAt = node.StartedAt,
            ResidentBytes = memory.Resident,
            HeapBytes = memory.Heap,
            Workers = [.. pools.All.SelectMany(pool => pool.ReportWorkers())],
            Engines = [.. dispatchers.All.Select(dispatcher => dispatcher.Report())],
        };
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The node's report failed; it is tried again")]
    private partial void LogBroken(Exception error);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The node's report is put off: {Reason}")]
    private partial void LogNotReported(string reason);
}
