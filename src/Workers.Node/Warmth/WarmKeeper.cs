using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Workers.Jobs;
using Workers.Jobs.Events;
using Workers.Jobs.Redis;
using Workers.Jobs.Warmth;
using Workers.Node.Dispatch;
using Workers.Node.Maintenance;
using Workers.Node.Pools;
using Workers.Node.Runtime;
using Workers.Node.Workers;

namespace Workers.Node.Warmth;

/// <summary>
/// Keeps the files that templates want kept open on workers that have nothing to do: says each second what this node's workers hold, hears what one of
/// them should open, and lets it; one at a time of a pool, so that whatever job comes finds the others free.
/// </summary>
internal sealed partial class WarmKeeper : MaintenanceLoop
{
    private readonly WarmStore store;
    private readonly DispatcherSet dispatchers;
    private readonly Preloader preloader;
    private readonly AssetResolver assets;
    private readonly Hints hints;
    private readonly ILogger<WarmKeeper> logger;
    private readonly Settled settled = new(TimeProvider.System);
    private readonly Rests rests = new(TimeProvider.System);
    private readonly OwnedTasks running = new();
    private readonly ConcurrentDictionary<Pool, HeldFile> opening = new();
    private HashSet<HeldFile> said = [];

    /// <summary>Begins to listen for changes of templates.</summary>
    public WarmKeeper(
        WarmStore store, DispatcherSet dispatchers, Preloader preloader, AssetResolver assets, Hints hints, ILogger<WarmKeeper> logger)
        : base(Settled.While, logger)
    {
        (this.store, this.dispatchers, this.preloader, this.assets, this.hints, this.logger) = (store, dispatchers, preloader, assets, hints, logger);
        hints.TemplateChanged += Changed;
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        hints.TemplateChanged -= Changed;
        await base.StopAsync(cancellationToken);
        await running.WhenAllAsync();
    }

    /// <inheritdoc/>
    protected override async Task<bool> RunOnceAsync(CancellationToken cancellation)
    {
        var held = dispatchers.All.SelectMany(Held).ToHashSet();
        List<(string Engine, Worker Worker)> idle =
            [.. dispatchers.All.Where(MayOpen).SelectMany(dispatcher => dispatcher.Pool.Idle(), (dispatcher, worker) => (dispatcher.Pool.Specification.Name, worker))];
        var free = settled.Of([.. idle.Select(one => one.Worker)]).ToHashSet();
        var look = new WarmLook
        {
            Held = held,
            Left = [.. said.Except(held)],
            Idle =
            [
                .. idle.Where(one => free.Contains(one.Worker)).OrderBy(one => one.Worker.OpenFile is null ? 0 : 1)
                    .Select(one => new HeldFile(one.Worker.Id, one.Engine, FileOf(one.Worker))),
            ],
            Resting = rests.Now(),
        };
        var task = await store.LookAsync(look, cancellation);
        said = held;
        return task is not null && Begin(task, cancellation);
    }

    // A paused engine's jobs wait for its workers, and a node that drains has other things to do.
    private bool MayOpen(JobDispatcher dispatcher) => dispatcher.Claiming && !opening.ContainsKey(dispatcher.Pool);

    private IEnumerable<HeldFile> Held(JobDispatcher dispatcher)
    {
        var isOpening = opening.TryGetValue(dispatcher.Pool, out var now);
        foreach (var worker in dispatcher.Pool.Workers())
        {
            if (isOpening && worker.Id == now.Worker)
                yield return now;
            else if (FileOf(worker) is { } file)
                yield return new HeldFile(worker.Id, dispatcher.Pool.Specification.Name, file);
        }
    }

    // What lies under a root may have changed since: a worker that has it as it was does not hold it.
    private string? FileOf(Worker worker) => worker.OpenFile is { } identity && assets.IsCurrent(identity) ? worker.Holding?.File : null;

    private bool Begin(WarmTask task, CancellationToken stop)
    {
        var input = JsonNode.Parse(task.Input)!.AsObject();
        foreach (var pool in dispatchers.All.Select(dispatcher => dispatcher.Pool))
        {
            if (pool.Workers().FirstOrDefault(worker => worker.Id == task.Worker) is not { } found)
                continue;
            var file = new HeldFile(task.Worker, pool.Specification.Name, InputFile.Of(input));
            said.Add(file); // It counts by now: where it comes to nothing the next look takes it back.
            if (pool.TryReserve(found.Name) is not { } worker)
                return false; // A job was faster.
            opening[pool] = file;
            running.Add(OpenAsync(pool, worker, task, input, stop));
            return true;
        }

        return false;
    }

    private async Task OpenAsync(Pool pool, Worker worker, WarmTask task, JsonObject input, CancellationToken stop)
    {
        try
        {
            string? failure;
            try
            {
                failure = await preloader.OpenAsync(pool, worker, input, stop);
            }
            finally
            {
                pool.Release(worker);
            }

            if (failure is null)
                rests.Forget(task.Template);
            else
                LogNotOpened(task.Template, task.Worker, failure, rests.Add(task.Template).TotalSeconds);
            await store.ToldAsync(task, failure, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The node stops.
        }
        catch (RedisUnavailableException error)
        {
            LogNotTold(task.Template, error.Message);
        }
        catch (Exception error) // A node that kept nothing warm any more would be noticed too late.
        {
            LogBroken(error, task.Template);
        }
        finally
        {
            opening.TryRemove(pool, out _);
            Wake();
        }
    }

    private void Changed(string template)
    {
        rests.Forget(template);
        Wake();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The file of template {Template} could not be opened ahead of its use on {Worker}: {Reason} It is tried again in {Seconds} s")]
    private partial void LogNotOpened(string template, string worker, string reason, double seconds);

    [LoggerMessage(Level = LogLevel.Debug, Message = "What became of opening the file of template {Template} could not be told: {Reason}")]
    private partial void LogNotTold(string template, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Opening the file of template {Template} ahead of its use broke inside the node; it is tried again")]
    private partial void LogBroken(Exception error, string template);
}
