using System.Text.Json.Nodes;
using Workers.Jobs;
using Workers.Jobs.Processes;
using Workers.Node.Pools;
using Workers.Node.Workers;

namespace Workers.Node.Tests.Workers;

/// <summary>Everything a broken engine can do to a node, with real processes: the right outcome, and the next call works.</summary>
public sealed class WorkerFaultTests
{
    [Fact]
    public async Task Faults_of_a_process_end_it_and_the_next_call_gets_a_new_one()
    {
        await using var card = new Testcard();
        (string Kind, string Says)[] faults =
        [
            ("crash", "signal 11"), ("exit", "exit status 7"), ("early_exit_zero", "exit status 0"), ("garbage", "no frame"),
            ("oversized", "1048576"), ("unknown_reply", "nobody made"),
        ];
        var pids = new HashSet<int>();
        foreach (var (kind, says) in faults)
        {
            var (before, worker) = await card.Good();
            Assert.True(pids.Add(worker.Pid!.Value), $"{kind}: the process before was not replaced");
            Assert.Equal("cold", before.Warm);
            var identity = ProcessIdentity.Of(worker.Pid.Value)!;

            var (outcome, _) = await card.Fault(kind).RunAsync(card.Pool);

            var failure = Assert.IsType<CallOutcome.Failed>(outcome).Failure;
            Assert.Equal((kind, FailureKinds.EngineCrashed), (kind, failure.Kind));
            Assert.Contains(says, failure.Message, StringComparison.Ordinal);
            await Eventually.HoldsAsync(() => !identity.IsAlive && ProcessIdentity.Of(identity.Id) is null, $"{kind}: process gone and reaped");
        }

        await card.Good();
    }

    [Fact]
    public async Task Failures_of_a_function_leave_the_process_alone()
    {
        await using var card = new Testcard();
        var (_, first) = await card.Good();
        var pid = first.Pid;
        foreach (var (kind, retryable) in new[] { ("exception", false), ("retryable", true) })
        {
            var fault = card.Fault(kind);
            var (outcome, _) = await fault.RunAsync(card.Pool);
            var failure = Assert.IsType<CallOutcome.Failed>(outcome).Failure;
            Assert.Equal((FailureKinds.EngineError, retryable), (failure.Kind, failure.Retryable));
            Assert.Contains("asked to fail", failure.Message, StringComparison.Ordinal);
            Assert.Contains($"testcard: fault {kind}", fault.LogText, StringComparison.Ordinal);
            Assert.Contains("Traceback", fault.LogText, StringComparison.Ordinal);
        }

        var (delivered, last) = await card.Good();
        Assert.Equal("process", delivered.Warm);
        Assert.Equal(pid, last.Pid);
    }

    [Fact]
    public async Task A_hung_call_is_canceled_twenty_times_and_the_process_stays()
    {
        await using var card = new Testcard();
        var (_, worker) = await card.Good();
        var pid = worker.Pid;
        for (var time = 0; time < 20; time++)
        {
            using var stop = new CancellationTokenSource();
            var call = card.Node.Prepare("render", new JsonObject { ["seconds"] = 30, ["steps"] = 300 });
            var running = call.RunAsync(card.Pool, stop.Token);
            await call.Begun.Task.WithinLimitAsync();
            await stop.CancelAsync();
            Assert.IsType<CallOutcome.Canceled>((await running).Outcome);
            Assert.Equal(WorkerState.Ready, worker.State);
            Assert.Equal(pid, worker.Pid);
        }
    }

    [Fact]
    public async Task A_call_that_does_not_hear_its_cancel_is_killed_after_the_grace()
    {
        await using var card = new Testcard();
        var (_, worker) = await card.Good();
        var identity = ProcessIdentity.Of(worker.Pid!.Value)!;
        using var stop = new CancellationTokenSource();
        var limits = new CallLimits(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(60), TimeSpan.FromMilliseconds(300));
        var call = card.Fault("deaf") with { Limits = limits };
        var running = call.RunAsync(card.Pool, stop.Token);
        await Eventually.HoldsAsync(() => call.LogText.Contains("fault deaf", StringComparison.Ordinal), "the call runs");
        await stop.CancelAsync();
        Assert.IsType<CallOutcome.Canceled>((await running).Outcome);
        await Eventually.HoldsAsync(() => ProcessIdentity.Of(identity.Id) is null, "the deaf process is gone and reaped");
        await card.Good();
        Assert.NotEqual(identity.Id, worker.Pid);
    }

    [Fact]
    public async Task Deadline_and_stall_end_a_call_each_in_its_way()
    {
        await using var card = new Testcard();
        var (_, worker) = await card.Good();
        var pid = worker.Pid;
        var late = card.Node.Prepare("fault", new JsonObject { ["kind"] = "hang" }) with
        {
            Limits = new CallLimits(TimeSpan.FromMilliseconds(300), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(30)),
        };
        var (deadline, _) = await late.RunAsync(card.Pool);
        Assert.Equal(FailureKinds.Deadline, Assert.IsType<CallOutcome.Failed>(deadline).Failure.Kind);
        Assert.Equal(pid, worker.Pid);

        // Progress every 50 ms keeps a call alive for longer than the stall timeout; silence does not.
        var limits = new CallLimits(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(30));
        var lively = card.Node.Prepare("render", new JsonObject { ["seconds"] = 3.5, ["steps"] = 70 }) with { Limits = limits };
        Assert.IsType<CallOutcome.Delivered>((await lively.RunAsync(card.Pool)).Outcome);
        var (stalled, _) = await (card.Fault("hang") with { Limits = limits }).RunAsync(card.Pool);
        Assert.Equal(FailureKinds.Stalled, Assert.IsType<CallOutcome.Failed>(stalled).Failure.Kind);
        await card.Good();
        Assert.NotEqual(pid, worker.Pid);
    }

    [Fact]
    public async Task A_flood_of_progress_is_read_in_order_and_does_no_harm()
    {
        await using var card = new Testcard();
        var call = card.Fault("flood", 5_000);
        var (outcome, _) = await call.RunAsync(card.Pool);
        Assert.IsType<CallOutcome.Delivered>(outcome);
        Assert.Equal(5_000, call.Progress.Count);
        Assert.Equal(Enumerable.Range(0, 5_000).Select(number => $"message {number}"), call.Progress.Select(notice => notice.Message));
    }

    [Fact]
    public async Task Killed_from_outside_while_idle_it_is_replaced()
    {
        await using var card = new Testcard();
        var (_, worker) = await card.Good();
        var pid = worker.Pid!.Value;
        Signals.SendKill(pid);
        await Eventually.HoldsAsync(() => worker.State == WorkerState.Ready && worker.Pid != pid, "a new process is ready");
        Assert.Null(ProcessIdentity.Of(pid));
        Assert.Equal(1, worker.Report().Restarts);
        await card.Good();
    }

    private sealed class Testcard : IAsyncDisposable
    {
        public Testcard() => Pool = Node.Start(NodeHarness.Testcard);

        public NodeHarness Node { get; } = new();

        public Pool Pool { get; }

        public PreparedCall Fault(string kind, long amount = 1000) =>
            Node.Prepare("fault", new JsonObject { ["kind"] = kind, ["amount"] = amount });

        public async Task<(CallOutcome.Delivered, Worker)> Good()
        {
            var (outcome, worker) = await Node.Prepare("render", new JsonObject { ["width"] = 64, ["height"] = 64 }).RunAsync(Pool);
            return (Assert.IsType<CallOutcome.Delivered>(outcome), worker);
        }

        public ValueTask DisposeAsync() => Node.DisposeAsync();
    }
}
