using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Workers.Jobs.Engines;
using Workers.Node.Pools;
using Workers.Node.Processes;
using Workers.Node.Protocol;
using Workers.Node.Runtime;
using Workers.Node.Workers;

namespace Workers.Node.Tests;

/// <summary>A node without Redis: a runtime folder, a socket, and pools of real testcard workers.</summary>
internal sealed class NodeHarness : IAsyncDisposable
{
    private readonly TempFolder temp = new();
    private readonly List<Pool> pools = [];
    private int calls;

    public NodeHarness(RestartPolicy? policy = null)
    {
        Folder = new RuntimeFolder(temp.Below("run"));
        Folder.Empty();
        Orphans = new OrphanSweeper(Folder.WorkerRecords, Folder.Instance, NullLogger<OrphanSweeper>.Instance);
        var listener = WorkerListener.Start(Folder.Socket, NullLogger<WorkerListener>.Instance);
        Host = new WorkerHost("n1", Folder, listener, Orphans, policy ?? new RestartPolicy(), NullLoggerFactory.Instance);
    }

    public RuntimeFolder Folder { get; }

    public OrphanSweeper Orphans { get; }

    public WorkerHost Host { get; }

    public static string Python => Environment.GetEnvironmentVariable("PYTHON") ?? (File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3");

    public static EngineSpecification Testcard { get; } = new()
    {
        Name = "testcard",
        Command = [Python, "${kit}/workers_kit/launch.py", "workers_kit.engines.testcard"],
        Faults = true,
        CancelGraceSeconds = 1,
    };

    public static EngineSpecification FailingAtStart(string how) =>
        Testcard with { Environment = new Dictionary<string, string> { ["WORKERS_FAULT_START"] = how } };

    public Pool Start(EngineSpecification specification, Action? onChange = null)
    {
        var pool = new Pool(Host, specification, onChange ?? (() => { }));
        pools.Add(pool);
        pool.Start();
        return pool;
    }

    /// <summary>A call, with its folder and what was heard of it.</summary>
    public PreparedCall Prepare(string function, JsonObject input)
    {
        var folder = Folder.CallFolder($"c{Interlocked.Increment(ref calls)}");
        Directory.CreateDirectory(folder);
        return new PreparedCall(
            new Call
            {
                Function = function,
                Input = input,
                Folder = folder,
                Assets = new Dictionary<string, CallAsset>(),
                Job = "j1",
                Attempt = 1,
                DeadlineSeconds = 60,
            },
            new OutputRing());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var pool in pools)
            await pool.DisposeAsync().AsTask().WithinLimitAsync();
        await Host.DisposeAsync();
        Folder.Dispose();
        temp.Dispose();
    }
}

/// <summary>A call that was not made yet.</summary>
internal sealed record PreparedCall(Call Call, OutputRing Log)
{
    public List<ProgressNotice> Progress { get; } = [];

    public List<SnapshotNotice> Snapshots { get; } = [];

    public CallLimits Limits { get; init; } = new(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(1));

    public string LogText => System.Text.Encoding.UTF8.GetString(Log.Read());

    /// <summary>Ends with the first progress.</summary>
    public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Reserves a worker, makes the call, gives the worker back.</summary>
    public async Task<(CallOutcome Outcome, Worker Worker)> RunAsync(Pool pool, CancellationToken stop = default)
    {
        var worker = await pool.ReserveAsync(CancellationToken.None).WithinLimitAsync();
        var outcome = await worker.CallAsync(Call, Limits, new CallObserver(OnProgress, Snapshots.Add, Log), stop).WithinLimitAsync();
        pool.Release(worker);
        return (outcome, worker);
    }

    private void OnProgress(ProgressNotice notice)
    {
        Progress.Add(notice);
        Begun.TrySetResult();
    }
}
