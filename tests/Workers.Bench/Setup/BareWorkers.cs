using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Workers.Jobs.Engines;
using Workers.Node.Pools;
using Workers.Node.Processes;
using Workers.Node.Protocol;
using Workers.Node.Runtime;
using Workers.Node.Workers;
using Workers.Testing;

namespace Workers.Bench.Setup;

/// <summary>Warm testcard workers without anything around them: no HTTP, no Redis, no store. What a call itself costs.</summary>
internal sealed class BareWorkers : IAsyncDisposable
{
    private static readonly CallLimits Limits = new(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(1));

    private readonly TempFolder temp = new();
    private readonly RuntimeFolder folder;
    private readonly WorkerHost host;
    private readonly Pool pool;
    private readonly SemaphoreSlim free;
    private readonly Stack<Desk> idle;

    private BareWorkers(int count)
    {
        folder = new RuntimeFolder(temp.Below("run"));
        folder.Empty();
        var orphans = new OrphanSweeper(folder.WorkerRecords, folder.Instance, NullLogger<OrphanSweeper>.Instance);
        var listener = WorkerListener.Start(folder.Socket, NullLogger<WorkerListener>.Instance);
        host = new WorkerHost("bench", folder, listener, orphans, new RestartPolicy(), NullLoggerFactory.Instance);
        pool = new Pool(host, Engine(count), () => { });
        free = new SemaphoreSlim(0, count);
        idle = new Stack<Desk>(count);
    }

    /// <summary>Starts that many and waits until all are warm.</summary>
    public static async Task<BareWorkers> StartAsync(int count, CancellationToken cancellation)
    {
        var workers = new BareWorkers(count);
        workers.pool.Start();
        for (var number = 0; number < count; number++)
        {
            var worker = await workers.pool.ReserveAsync(cancellation);
            workers.GiveBack(new Desk(worker, Directory.CreateDirectory(workers.folder.CallFolder($"c{number}")).FullName));
        }

        return workers;
    }

    /// <summary>Draws a card of 64 px: waits for a free worker, calls it.</summary>
    /// <returns>Seconds, waiting included.</returns>
    public async Task<double> CallAsync(long seed, CancellationToken cancellation)
    {
        var began = Stopwatch.GetTimestamp();
        await free.WaitAsync(cancellation);
        Desk desk;
        lock (idle) desk = idle.Pop();
        var outcome = await desk.Worker.CallAsync(CallOf(desk, seed), Limits, new CallObserver(_ => { }, _ => { }, new OutputRing()), cancellation);
        GiveBack(desk);
        if (outcome is not CallOutcome.Delivered) throw new InvalidOperationException($"A testcard call ended as {outcome}.");
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    public async ValueTask DisposeAsync()
    {
        await pool.DisposeAsync();
        await host.DisposeAsync();
        folder.Dispose();
        free.Dispose();
        temp.Dispose();
    }

    private static EngineSpecification Engine(int count) => new()
    {
        Name = "testcard",
        Command = [Programs.Python, "${kit}/workers_kit/launch.py", "workers_kit.engines.testcard"],
        Workers = count,
    };

    private static Call CallOf(Desk desk, long seed) => new()
    {
        Function = "render",
        Input = new JsonObject { ["width"] = 64, ["height"] = 64, ["seed"] = seed },
        Folder = desk.Folder,
        Assets = new Dictionary<string, CallAsset>(),
        Job = "bench",
        Attempt = 1,
        DeadlineSeconds = 60,
    };

    private void GiveBack(Desk desk)
    {
        lock (idle) idle.Push(desk);
        free.Release();
    }

    /// <summary>A worker and the folder it writes to, over and over.</summary>
    private sealed record Desk(Worker Worker, string Folder);
}
