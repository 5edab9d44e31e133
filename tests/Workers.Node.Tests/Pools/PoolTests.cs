using System.Text.Json.Nodes;
using Workers.Jobs.Processes;
using Workers.Node.Pools;
using Workers.Node.Processes;
using Workers.Node.Workers;

namespace Workers.Node.Tests.Pools;

public sealed class PoolTests
{
    private static readonly RestartPolicy Quick = new()
    {
        FirstBackOff = TimeSpan.FromMilliseconds(5),
        LongestBackOff = TimeSpan.FromMilliseconds(20),
        CrashLoopFaults = 3,
    };

    [Fact]
    public async Task A_worker_is_ready_only_after_handshake_and_warm_up_and_leaves_nothing_behind()
    {
        await using var node = new NodeHarness();
        var states = new List<WorkerState>();
        var pool = node.Start(NodeHarness.Testcard);
        Assert.Equal("starting", Assert.Single(pool.ReportWorkers()).State);
        Assert.False(pool.State().Available);

        var worker = await pool.ReserveAsync(CancellationToken.None).WithinLimitAsync();
        Assert.Equal(WorkerState.Ready, worker.State);
        Assert.Equal(["png"], worker.Found!.Facts!["formats"]!.AsArray().Select(format => (string)format!));
        var engine = pool.ReportEngine();
        Assert.True(engine.Available);
        Assert.Equal("1.0", engine.Version);
        Assert.Contains(engine.Functions, function => function.Name == "render" && function.Picture && (string?)function.Input["type"] == "object");
        var identity = ProcessIdentity.Of(worker.Pid!.Value)!;
        Assert.Single(Directory.GetFiles(node.Folder.WorkerRecords));
        pool.Release(worker);

        await pool.DisposeAsync().AsTask().WithinLimitAsync();
        Assert.Equal(WorkerState.Stopped, worker.State);
        Assert.Null(ProcessIdentity.Of(identity.Id)); // Gone, and reaped as well.
        Assert.Empty(Directory.GetFiles(node.Folder.WorkerRecords));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(node.Folder.Root, "scratch")));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(node.Folder.Root, "calls")));
    }

    [Theory]
    [InlineData("exit", "exit status 7")]
    [InlineData("badtoken", "exit status 3")]
    [InlineData("badversion", "protocol 98 to 99")]
    [InlineData("warmup_error", "asked to fail its warm-up")]
    public async Task Failed_starts_end_in_quarantine_with_the_reason(string how, string says)
    {
        await using var node = new NodeHarness(Quick);
        var pool = node.Start(NodeHarness.FailingAtStart(how));
        await Eventually.HoldsAsync(() => pool.ReportWorkers().Single().State == "quarantined", "quarantine");
        var report = pool.ReportWorkers().Single();
        Assert.Equal(2, report.Restarts);
        Assert.Null(report.Pid);
        Assert.Contains(says, report.LastFailure, StringComparison.Ordinal);
        Assert.False(pool.State().Available);
        Assert.Contains("quarantined", pool.State().Reason, StringComparison.Ordinal);

        // By hand it is tried at once.
        Assert.True(pool.Recycle(report.Id));
        await Eventually.HoldsAsync(() => pool.ReportWorkers().Single().Restarts > 2, "another start");
    }

    [Fact]
    public async Task A_start_that_hangs_is_given_up()
    {
        await using var node = new NodeHarness(Quick);
        var pool = node.Start(NodeHarness.FailingAtStart("hang") with { StartTimeoutSeconds = 0.5 });
        await Eventually.HoldsAsync(() => pool.ReportWorkers().Single().LastFailure is not null, "given up");
        Assert.Contains("not ready within 0.5 s", pool.ReportWorkers().Single().LastFailure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_program_makes_the_engine_unavailable_and_is_named()
    {
        await using var node = new NodeHarness(Quick);
        var pool = node.Start(NodeHarness.Testcard with { Name = "blender", Command = ["/nowhere/blender"] });
        await Eventually.HoldsAsync(() => pool.State().Reason?.Contains("not installed", StringComparison.Ordinal) == true, "the reason");
        var state = pool.State();
        Assert.False(state.Available);
        Assert.Contains("/nowhere/blender", state.Reason, StringComparison.Ordinal);
        Assert.Contains("engines.blender.command", state.Reason, StringComparison.Ordinal);
        Assert.Contains("BLENDER=", state.Reason, StringComparison.Ordinal);
        Assert.Equal("faulted", pool.ReportWorkers().Single().State);
    }

    [Fact]
    public async Task What_an_engine_needs_and_does_not_find_is_its_reason_and_its_functions_stay_known()
    {
        await using var node = new NodeHarness(Quick);
        var pool = node.Start(NodeHarness.FailingAtStart("unavailable") with { Workers = 2 });
        await Eventually.HoldsAsync(() => pool.ReportEngine().Functions.Count > 0, "it has said what it would do");
        await Eventually.HoldsAsync(() => pool.ReportWorkers().All(worker => worker.State == "faulted"), "both have given up");
        Assert.Equal((false, "The testcard was asked to miss something: install it."), (pool.State().Available, pool.State().Reason));
        Assert.Contains(pool.ReportEngine().Functions, function => function.Name == "render");
        Assert.All(pool.ReportWorkers(), worker => Assert.Equal(0, worker.Restarts));

        // Once it is installed, a look by hand is enough.
        Assert.True(pool.Recycle(pool.ReportWorkers().First().Id));
        await Eventually.HoldsAsync(() => pool.ReportWorkers().First().Restarts == 1, "another look");
    }

    [Fact]
    public async Task A_nice_engine_yields_once_it_is_ready()
    {
        await using var node = new NodeHarness();
        var pool = node.Start(NodeHarness.Testcard with { Nice = 7 });
        var worker = await pool.ReserveAsync(CancellationToken.None).WithinLimitAsync();
        var threads = Directory.GetDirectories($"/proc/{worker.Pid}/task");
        Assert.True(threads.Length > 1, "the reader is a thread of its own");
        Assert.All(threads, thread => Assert.Equal("7", File.ReadAllText(Path.Combine(thread, "stat")).Split(") ")[1].Split(' ')[16]));
        var session = $"/proc/{worker.Pid}/autogroup";
        if (File.Exists(session))
            Assert.EndsWith("nice 7", File.ReadAllText(session).Trim(), StringComparison.Ordinal);
        pool.Release(worker);
    }

    [Fact]
    public async Task Recycled_by_calls_memory_and_hand_it_is_another_process()
    {
        await using var node = new NodeHarness();
        var pool = node.Start(NodeHarness.Testcard with { RecycleCalls = 2 });
        var first = await PidOfCall(node, pool);
        Assert.Equal(first, await PidOfCall(node, pool));
        await ReplacedAsync(pool, first);
        var second = await PidOfCall(node, pool);
        Assert.NotEqual(first, second);

        Assert.True(pool.Recycle(pool.ReportWorkers().Single().Id));
        await ReplacedAsync(pool, second);
        Assert.NotEqual(second, await PidOfCall(node, pool));
        Assert.False(pool.Recycle("n1.testcard-7"));

        var heavy = node.Start(NodeHarness.Testcard with { Name = "heavy", RecycleMemoryBytes = 1 << 20 });
        var light = await PidOfCall(node, heavy);
        heavy.Tend(ResidentMemory.ByGroup(heavy.Groups().ToHashSet()));
        await ReplacedAsync(heavy, light);
    }

    [Fact]
    public async Task The_old_one_serves_until_its_successor_is_warm_and_finishes_what_it_has()
    {
        await using var node = new NodeHarness();
        var pool = node.Start(NodeHarness.Testcard with { Workers = 2 });
        var busy = await pool.ReserveAsync(CancellationToken.None).WithinLimitAsync();
        var (old, serving) = (busy.Pid, 0);
        Assert.True(pool.Recycle(busy.Id));
        Assert.True(pool.Recycle(busy.Id)); // Twice is once.
        await Eventually.HoldsAsync(() => pool.ReportWorkers().Count(worker => worker.State == "ready") == 3, "the successor is warm beside it");
        Assert.Equal(old, busy.Pid); // It still has a call.
        for (var call = 0; call < 4; call++)
            serving += await PidOfCall(node, pool) == old ? 1 : 0;
        Assert.Equal(0, serving);
        pool.Release(busy);
        await ReplacedAsync(pool, old);
        Assert.Equal(2, pool.ReportWorkers().Count(worker => worker.State == "ready"));
    }

    [Fact]
    public async Task Of_several_that_are_due_one_is_replaced_after_the_other()
    {
        await using var node = new NodeHarness();
        var pool = node.Start(NodeHarness.Testcard with { Workers = 3 });
        await Eventually.HoldsAsync(() => pool.ReportWorkers().Count(worker => worker.State == "ready") == 3, "all are warm");
        var before = pool.ReportWorkers().ToList();
        foreach (var worker in before)
            Assert.True(pool.Recycle(worker.Id));
        var most = 0;
        await Eventually.HoldsAsync(
            () =>
            {
                pool.Tend(new Dictionary<int, long>());
                most = Math.Max(most, pool.Groups().Count());
                return pool.ReportWorkers().All(worker => worker.State == "ready" && before.All(old => old.Pid != worker.Pid));
            },
            "all are replaced");
        Assert.InRange(most, 3, 5); // One that starts, and at most one that has not quite gone.
        Assert.Equal(3, pool.ReportWorkers().Count());
    }

    [Fact]
    public async Task Workers_are_handed_out_once_and_the_warmest_first()
    {
        await using var node = new NodeHarness();
        var pool = node.Start(NodeHarness.Testcard with { Workers = 2 });
        var a = await pool.ReserveAsync(CancellationToken.None).WithinLimitAsync();
        var b = await pool.ReserveAsync(CancellationToken.None).WithinLimitAsync();
        Assert.NotSame(a, b);
        Assert.Equal(["n1.testcard-1", "n1.testcard-2"], new[] { a.Id, b.Id }.Order());

        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pool.ReserveAsync(soon.Token));

        pool.Release(a);
        pool.Release(b);
        Assert.Same(b, await pool.ReserveAsync(CancellationToken.None).WithinLimitAsync());
    }

    [Fact]
    public async Task A_shared_worker_is_handed_out_as_often_as_it_has_room_and_is_idle_when_the_last_is_back()
    {
        await using var node = new NodeHarness();
        var pool = node.Start(NodeHarness.Testcard with { Concurrency = 3 });
        var worker = await pool.ReserveAsync(CancellationToken.None).WithinLimitAsync();
        pool.Share(worker, "render"); // Sync: it stays alone.
        Assert.False(pool.IsShared(worker));
        await NothingIsHandedOutAsync(pool);
        pool.Share(worker, "wait");
        Assert.True(pool.IsShared(worker));
        for (var more = 0; more < 2; more++)
            Assert.Same(worker, await pool.ReserveAsync(CancellationToken.None).WithinLimitAsync());
        await NothingIsHandedOutAsync(pool);
        pool.Release(worker);
        Assert.Same(worker, await pool.ReserveAsync(CancellationToken.None).WithinLimitAsync());
        for (var back = 0; back < 3; back++)
            pool.Release(worker);
        Assert.False(pool.IsShared(worker));
        Assert.Same(worker, await pool.ReserveAsync(CancellationToken.None).WithinLimitAsync());
        Assert.False(pool.IsShared(worker));
        pool.Release(worker);

        var single = node.Start(NodeHarness.Testcard with { Name = "single", Concurrency = 1 });
        worker = await single.ReserveAsync(CancellationToken.None).WithinLimitAsync();
        single.Share(worker, "wait");
        Assert.False(single.IsShared(worker));
        await NothingIsHandedOutAsync(single);
        single.Release(worker);
    }

    [Fact]
    public async Task A_worker_takes_no_call_beside_a_sync_one_and_no_sync_one_beside_others()
    {
        await using var node = new NodeHarness();
        var pool = node.Start(NodeHarness.Testcard);
        var worker = await pool.ReserveAsync(CancellationToken.None).WithinLimitAsync();
        foreach (var (running, beside) in new[] { ("render", "render"), ("render", "wait"), ("wait", "render") })
        {
            using var stop = new CancellationTokenSource();
            var first = node.Prepare(running, new JsonObject { ["seconds"] = 60, ["steps"] = 600 });
            var second = node.Prepare(beside, new JsonObject { ["seconds"] = 0 });
            var hears = new CallObserver(_ => first.Begun.TrySetResult(), _ => { }, first.Log);
            var call = worker.CallAsync(first.Call, first.Limits, hears, stop.Token);
            await first.Begun.Task.WithinLimitAsync();
            var refused = await worker.CallAsync(second.Call, second.Limits, hears, CancellationToken.None).WithinLimitAsync();
            Assert.IsType<CallOutcome.NotBegun>(refused);
            await stop.CancelAsync();
            Assert.IsType<CallOutcome.Canceled>(await call.WithinLimitAsync());
        }

        pool.Release(worker);
        Assert.Equal(0, pool.ReportWorkers().Single().Restarts);
    }

    private static async Task NothingIsHandedOutAsync(Pool pool)
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pool.ReserveAsync(soon.Token));
    }

    private static async Task<int> PidOfCall(NodeHarness node, Pool pool)
    {
        var call = node.Prepare("render", new JsonObject { ["width"] = 64, ["height"] = 64 });
        var worker = await pool.ReserveAsync(CancellationToken.None).WithinLimitAsync();
        var pid = worker.Pid!.Value;
        var hears = new CallObserver(_ => { }, _ => { }, call.Log);
        var outcome = await worker.CallAsync(call.Call, call.Limits, hears, CancellationToken.None).WithinLimitAsync();
        Assert.IsType<CallOutcome.Delivered>(outcome);
        pool.Release(worker);
        return pid;
    }

    private static Task ReplacedAsync(Pool pool, int? pid) => Eventually.HoldsAsync(
        () => pool.ReportWorkers().All(worker => worker.Pid != pid && worker.State == "ready"), "the worker is replaced");
}
