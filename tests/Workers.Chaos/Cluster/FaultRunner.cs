using System.ComponentModel;
using Workers.Chaos.Clients;
using Workers.Chaos.Plan;
using Workers.Testing;

namespace Workers.Chaos.Cluster;

/// <summary>Carries the plan's faults out, each at its time, never two on the same process.</summary>
internal sealed class FaultRunner(ChaosCluster cluster, IReadOnlyList<FeedFollower> followers)
{
    private readonly Dictionary<FaultKind, int> done = [];

    /// <summary>How many faults of each kind were carried out.</summary>
    public IReadOnlyDictionary<FaultKind, int> Done => done;

    /// <summary>Runs the whole plan; returns when the last fault is over and everything is up again.</summary>
    public async Task RunAsync(IReadOnlyList<Fault> plan, CancellationToken cancellation)
    {
        var began = DateTime.UtcNow;
        var underWay = new List<Task>();
        foreach (var fault in plan)
        {
            var left = began.AddSeconds(fault.At) - DateTime.UtcNow;
            if (left > TimeSpan.Zero)
                await Task.Delay(left, cancellation);
            underWay.RemoveAll(task => task.IsCompletedSuccessfully);
            underWay.Add(RunAsync(fault, cancellation));
        }

        await Task.WhenAll(underWay);
    }

    private async Task RunAsync(Fault fault, CancellationToken cancellation)
    {
        if (await ActAsync(fault, cancellation))
        {
            lock (done)
                done[fault.Kind] = done.GetValueOrDefault(fault.Kind) + 1;
        }
    }

    private Task<bool> ActAsync(Fault fault, CancellationToken cancellation)
    {
        var lasting = TimeSpan.FromSeconds(fault.Seconds);
        ServerSlot Of(IReadOnlyList<ServerSlot> slots) => slots[fault.Target % slots.Count];
        return fault.Kind switch
        {
            FaultKind.WorkerKill => SignalWorkerAsync(fault.Target, TimeSpan.Zero, cancellation),
            FaultKind.WorkerStop => SignalWorkerAsync(fault.Target, lasting, cancellation),
            FaultKind.NodeKill => RestartAsync(Of(cluster.Nodes), kill: true, lasting, cancellation),
            FaultKind.NodeRestart => RestartAsync(Of(cluster.Nodes), kill: false, lasting, cancellation),
            FaultKind.ApiKill => RestartAsync(Of(cluster.Apis), kill: true, lasting, cancellation),
            FaultKind.NodeStop => FreezeAsync(Of(cluster.Nodes), lasting, cancellation),
            FaultKind.ApiStop => FreezeAsync(Of(cluster.Apis), lasting, cancellation),
            FaultKind.LinkCut => CutAsync(Of([.. cluster.All]), lasting, cancellation),
            FaultKind.RedisKill => RedisAsync(async redis =>
            {
                redis.Kill9();
                await Task.Delay(lasting, cancellation);
                redis.Restart();
            }),
            FaultKind.RedisStop => RedisAsync(async redis =>
            {
                redis.Stop();
                await Task.Delay(lasting, cancellation);
                redis.Continue();
            }),
            FaultKind.FailOver => RedisAsync(_ => cluster.FailOverAsync(lasting, cancellation)),
            FaultKind.ScriptFlush => RedisAsync(redis =>
            {
                redis.FlushScripts();
                return Task.CompletedTask;
            }),
            _ => DropAsync(fault.Target),
        };
    }

    private async Task<bool> SignalWorkerAsync(int target, TimeSpan lasting, CancellationToken cancellation)
    {
        var pids = (await cluster.WorkersAsync(cancellation)).Select(worker => worker.Pid).OfType<int>().Order().ToList();
        if (pids.Count == 0)
            return false;
        var pid = pids[target % pids.Count];
        try
        {
            if (lasting == TimeSpan.Zero)
            {
                Signals.SendKill(pid);
                return true;
            }

            Signals.SendStop(pid);
            await Task.Delay(lasting, cancellation);
            Signals.SendContinue(pid);
        }
        catch (Win32Exception)
        {
            // Its node was quicker to kill it.
        }

        return true;
    }

    private static async Task<bool> RestartAsync(ServerSlot slot, bool kill, TimeSpan away, CancellationToken cancellation)
    {
        await slot.Gate.WaitAsync(cancellation);
        try
        {
            if (kill)
                await slot.KillAsync();
            else
                await slot.StopAsync();
            await Task.Delay(away, cancellation);
            slot.Start();
            return true;
        }
        finally
        {
            slot.Gate.Release();
        }
    }

    private static async Task<bool> FreezeAsync(ServerSlot slot, TimeSpan lasting, CancellationToken cancellation)
    {
        await slot.Gate.WaitAsync(cancellation);
        try
        {
            if (slot.Pid is not { } pid)
                return false;
            Signals.SendStop(pid);
            await Task.Delay(lasting, cancellation);
            Signals.SendContinue(pid);
            return true;
        }
        finally
        {
            slot.Gate.Release();
        }
    }

    private static async Task<bool> CutAsync(ServerSlot slot, TimeSpan lasting, CancellationToken cancellation)
    {
        slot.Link.Freeze();
        await Task.Delay(lasting, cancellation);
        slot.Link.Thaw();
        return true;
    }

    private async Task<bool> RedisAsync(Func<TestRedis, Task> act)
    {
        await cluster.RedisGate.WaitAsync();
        try
        {
            await act(cluster.Redis);
            return true;
        }
        finally
        {
            cluster.RedisGate.Release();
        }
    }

    private Task<bool> DropAsync(int target)
    {
        followers[target % followers.Count].Drop();
        return Task.FromResult(true);
    }
}
