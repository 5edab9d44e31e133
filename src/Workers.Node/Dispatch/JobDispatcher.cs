using Microsoft.Extensions.Logging;
using Workers.Jobs;
using Workers.Jobs.Nodes;
using Workers.Jobs.Redis;
using Workers.Node.Agent;
using Workers.Node.Pools;
using Workers.Node.Runtime;
using Workers.Node.Workers;

namespace Workers.Node.Dispatch;

/// <summary>
/// Brings queued jobs of one engine to the workers of its pool that are idle, or have room beside async functions: reserve, claim, hand over. Owns
/// the attempts it started.
/// </summary>
internal sealed partial class JobDispatcher : IDisposable
{
    private static readonly TimeSpan OutagePause = TimeSpan.FromMilliseconds(500);

    // Attempts whose worker is free again but whose end Redis does not know yet.
    private const int MaxUnsettledPerWorker = 4;

    private readonly AttemptStore store;
    private readonly AttemptRunner runner;
    private readonly NodeIdentity node;
    private readonly AssetsAhead ahead;
    private readonly ILogger<JobDispatcher> logger;
    private readonly WakeSignal wake = new();
    private readonly SemaphoreSlim places;
    private readonly OwnedTasks running = new();
    private readonly CancellationTokenSource abandon = new();
    private readonly HoldBack holdBack = new(TimeProvider.System);
    private readonly OpenFiles openFiles;
    private readonly KeptFree keptFree;
    private volatile bool claiming = true;

    /// <summary>Makes the dispatcher of a pool; <see cref="RunAsync"/> starts it.</summary>
    public JobDispatcher(
        Pool pool, KeptFree keptFree, Preemption preemption, AttemptStore store, AttemptRunner runner, NodeIdentity node, AssetsAhead ahead,
        ILogger<JobDispatcher> logger)
    {
        Pool = pool;
        openFiles = new OpenFiles(pool);
        this.keptFree = keptFree;
        Preemption = preemption;
        this.store = store;
        this.runner = runner;
        this.node = node;
        this.ahead = ahead;
        this.logger = logger;
        places = new SemaphoreSlim(Math.Max(1, pool.Specification.Workers) * (pool.Specification.Concurrency - 1 + MaxUnsettledPerWorker));
    }

    /// <summary>The pool it feeds.</summary>
    public Pool Pool { get; }

    /// <summary>Frees a worker for a job in a hurry that finds none.</summary>
    public Preemption Preemption { get; }

    /// <summary>Whether it takes jobs; false while the node drains or the engine is paused.</summary>
    public bool Claiming
    {
        get => claiming;
        set
        {
            claiming = value;
            if (value)
                wake.Pulse();
        }
    }

    /// <summary>After how long it looks without a hint, because hints may be lost.</summary>
    public TimeSpan LookAgain { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>What the node reports of the engine.</summary>
    public EngineReport Report()
    {
        var (inARow, until) = holdBack.State;
        return Pool.ReportEngine() with { FailuresInARow = inARow, HeldBackUntil = until };
    }

    /// <summary>A job of that priority may be queued.</summary>
    public void Wake(int priority)
    {
        wake.Pulse();
        Preemption.Wake(priority);
    }

    /// <summary>Dispatches until it is stopped; attempts that run then go on, see <see cref="FinishAsync"/>.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(DispatchAsync(stop), Preemption.RunAsync(() => Claiming && !holdBack.IsOn, stop));

    /// <summary>Waits for the attempts that run; after the grace gives them back to the queue. Only after <see cref="RunAsync"/> has ended.</summary>
    /// <param name="grace">How long they may go on.</param>
    /// <param name="giveBack">Asks this node's attempts to stop.</param>
    /// <param name="limit">How long giving back may take.</param>
    public async Task FinishAsync(TimeSpan grace, Action giveBack, TimeSpan limit)
    {
        var all = running.WhenAllAsync();
        await Task.WhenAny(all, Task.Delay(grace));
        if (!all.IsCompleted)
        {
            giveBack();
            await Task.WhenAny(all, Task.Delay(limit));
            await abandon.CancelAsync();
        }

        await all;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        wake.Dispose();
        Preemption.Dispose();
        places.Dispose();
        abandon.Dispose();
    }

    private async Task DispatchAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await places.WaitAsync(stop);
                var worker = await Pool.ReserveAsync(stop);
                var shared = Pool.IsShared(worker);
                var least = keptFree.LeastFor(worker.Name, shared);
                var taken = await TakeAsync(worker, shared, least, stop);
                if (taken is { } job)
                {
                    running.Add(HandOverAsync(job.Worker, job.Claimed));
                    running.Add(ahead.FetchAsync(job.Claimed.Ahead, stop));
                }
                else
                    places.Release();

                // With nothing left, the next job's hint is the earliest moment to look again.
                if (taken is null && (shared || least is not null))
                    await WakeOrRoomAsync(keptFree.AgainAfter(least) ?? LookAgain, stop);
                else if (taken is null or { Claimed.Queued: 0 })
                    await wake.WaitAsync(LookAgain, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The node stops.
        }
    }

    // What is queued may be waiting for a worker of its own, or for one that is not kept free: then one that becomes idle is as good a moment as a hint.
    private async Task WakeOrRoomAsync(TimeSpan longest, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task[] waits = [wake.WaitAsync(longest, either.Token), Pool.WaitForRoomAsync(longest, either.Token)];
        await Task.WhenAny(waits);
        await either.CancelAsync();
        await Task.WhenAll(waits).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        stop.ThrowIfCancellationRequested();
    }

    private async Task<(Worker Worker, ClaimedJob Claimed)?> TakeAsync(Worker worker, bool shared, int? least, CancellationToken stop)
    {
        ClaimedJob? claimed = null;
        try
        {
            if (Claiming && worker.Pid is { } pid)
                claimed = await store.ClaimAsync((shared ? RequestBeside(worker, pid) : RequestFor(worker, pid)) with { LeastPriority = least }, stop);
            if (claimed is null && least is null)
                keptFree.Nothing();
        }
        catch (RedisUnavailableException error)
        {
            LogNoClaim(Pool.Specification.Name, error.Message);
            await Task.Delay(OutagePause, stop);
        }
        catch (Exception error) when (error is not OperationCanceledException) // A reply we cannot read must not end dispatching for good.
        {
            LogBroken(error, Pool.Specification.Name);
            await Task.Delay(OutagePause, stop);
        }
        finally
        {
            if (claimed is null)
                Pool.PutBack(worker);
        }

        if (claimed is null)
            return null;
        var chosen = shared ? worker : Pool.Exchange(worker, claimed.Job.Attempts[^1].Worker);
        Pool.Share(chosen, claimed.Job.Specification.Function);
        openFiles.Begun(chosen, claimed.Job);
        keptFree.Begun(chosen.Name, claimed.Lease.Token, claimed.Job.Specification.Priority);
        return (chosen, claimed);
    }

    private ClaimRequest RequestBeside(Worker worker, int pid) =>
        new(Pool.Specification.Name, node.Id, node.Boot, worker.Name, pid, node.Labels)
        {
            Functions = [.. (worker.Hello?.Functions ?? []).Where(function => function.Async).Select(function => function.Name)],
            HeldBack = holdBack.IsOn,
        };

    private ClaimRequest RequestFor(Worker worker, int pid) =>
        openFiles.Tell(new(Pool.Specification.Name, node.Id, node.Boot, worker.Name, pid, node.Labels) { HeldBack = holdBack.IsOn, LookAhead = ahead.IsWanted }, worker);

    private async Task HandOverAsync(Worker worker, ClaimedJob claimed)
    {
        try
        {
            holdBack.Begun(claimed.Job.Id);
            var ending = await runner.RunAsync(Pool, worker, claimed, abandon.Token);
            if (holdBack.Ended(claimed.Job.Id, ending) is { } pause)
                LogHeldBack(holdBack.State.InARow, Pool.Specification.Name, pause.TotalSeconds);
        }
        finally
        {
            openFiles.Ended(worker, claimed.Job);
            keptFree.Ended(claimed.Lease.Token);
            places.Release();
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Claiming a job of engine {Engine} failed; it is tried again")]
    private partial void LogBroken(Exception error, string engine);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Failures} attempts in a row at engine {Engine} failed on this node; its jobs are left to others for {Seconds} s")]
    private partial void LogHeldBack(int failures, string engine, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No job of engine {Engine} can be claimed: {Reason}")]
    private partial void LogNoClaim(string engine, string reason);
}
