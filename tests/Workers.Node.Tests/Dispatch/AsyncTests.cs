using System.Text;
using System.Text.Json.Nodes;
using Workers.Jobs;

namespace Workers.Node.Tests.Dispatch;

/// <summary>Async functions run side by side on one worker, and nothing else runs beside a sync one: real Redis, real workers.</summary>
public sealed class AsyncTests(TestRedis redis) : IClassFixture<TestRedis>
{
    private int rooms;

    private string NewRoom() => $"room-{Interlocked.Increment(ref rooms)}";

    [Fact]
    public async Task Two_async_functions_interleave_on_one_worker()
    {
        await using var node = await NodeServer.StartAsync(redis);
        var room = NewRoom();
        var (a, b) = (await MeetAsync(node, room, "a"), await MeetAsync(node, room, "b"));
        foreach (var id in new[] { a, b })
        {
            var job = await node.EndAsync(id);
            Assert.Equal(JobState.Succeeded, job.State);
            Assert.Equal(node.Pool.ReportWorkers().Single().Pid, (int?)job.Result!.Output!["pid"]);
            Assert.Equal("a b a b a b", string.Join(' ', job.Result.Output["said"]!.AsArray()));

            // Nobody can tell which of them printed a line: it is in the log of each.
            var log = Encoding.UTF8.GetString((await node.Get<AttemptStore>().ReadLogAsync(id, 1, CancellationToken.None))!);
            Assert.Contains("meet a 1\nmeet b 1\nmeet a 2\n", log, StringComparison.Ordinal);
        }

        // The node's report carries the loop's times as the worker tells them, while functions run as well.
        var waiting = await WaitingAsync(node, await MeetAsync(node, NewRoom(), "a"));
        await Eventually.HoldsAsync(
            async () => (await node.ReportAsync()).Workers.Single() is { State: "busy", Loop: { } loop } worker
                && worker.Jobs.SequenceEqual([waiting])
                && (double?)loop["insideSeconds"] > 0 && (double?)loop["outsideSeconds"] > 0 && (double?)loop["longestSeconds"] > 0,
            "the loop's times are reported");
        await node.Jobs.CancelAsync(waiting, "test", CancellationToken.None);
        await node.EndAsync(waiting);
        await Eventually.HoldsAsync(() => node.Pool.ReportWorkers().Single().State == "ready", "the worker is free");
    }

    [Fact]
    public async Task A_render_waits_until_the_worker_is_alone_and_nothing_begins_beside_it()
    {
        await using var node = await NodeServer.StartAsync(redis);
        var room = NewRoom();
        var first = await WaitingAsync(node, await MeetAsync(node, room, "a"));
        var render = await node.SubmitAsync("render", new JsonObject { ["width"] = 64, ["height"] = 64, ["seconds"] = 0.3 });
        var behind = await node.SubmitAsync("wait", []);

        // The render is the next in the queue, and the worker is not alone: neither it nor what is behind it begins.
        var room2 = NewRoom();
        var passing = await MeetAsync(node, room2, "x", parties: 1, with: job => job with { Priority = 80 });
        Assert.Equal(JobState.Succeeded, (await node.EndAsync(passing)).State);
        foreach (var id in new[] { render, behind })
            Assert.Equal((JobState.Queued, 0), await StateAsync(node, id));
        var second = await MeetAsync(node, room, "b", with: job => job with { Priority = 80 });

        var jobs = new List<Job>();
        foreach (var id in new[] { first, second, render, behind })
            jobs.Add(await node.EndAsync(id));
        // A worker that is given a call beside a render, or a render beside a call, refuses it, and that would have cost an attempt.
        Assert.All(jobs, job => Assert.Equal((JobState.Succeeded, 1), (job.State, job.Attempt)));
        Assert.Single(jobs.Select(job => job.Attempts.Single().Pid).Distinct());
        Assert.Equal(0, node.Pool.ReportWorkers().Single().Restarts);
    }

    [Fact]
    public async Task A_cancel_is_heard_in_each_and_the_others_go_on()
    {
        await using var node = await NodeServer.StartAsync(redis);
        var room = NewRoom();
        var ids = new List<string>();
        foreach (var name in new[] { "a", "b", "c" })
            ids.Add(await WaitingAsync(node, await MeetAsync(node, room, name, parties: 4)));
        var before = node.Pool.ReportWorkers().Single();
        Assert.Equal("busy", before.State);
        Assert.Equal(ids, before.Jobs);

        Assert.Equal(CancelOutcome.Stopping, await node.Jobs.CancelAsync(ids[1], "test", CancellationToken.None));
        Assert.Equal(JobState.Canceled, (await node.EndAsync(ids[1])).State);
        await Eventually.HoldsAsync(() => node.Pool.ReportWorkers().Single().Jobs.SequenceEqual([ids[0], ids[2]]), "two are left");
        foreach (var id in new[] { ids[0], ids[2] })
            Assert.Equal((JobState.Running, 1), await StateAsync(node, id));

        foreach (var id in new[] { ids[0], ids[2] })
            await node.Jobs.CancelAsync(id, "test", CancellationToken.None);
        foreach (var id in new[] { ids[0], ids[2] })
            Assert.Equal((JobState.Canceled, 1), ((await node.EndAsync(id)).State, (await node.EndAsync(id)).Attempt));
        await Eventually.HoldsAsync(() => node.Pool.ReportWorkers().Single().State == "ready", "the worker is free");
        Assert.Equal(before.Pid, node.Pool.ReportWorkers().Single().Pid);
    }

    [Fact]
    public async Task A_crash_costs_each_an_attempt_and_none_of_the_jobs()
    {
        await using var node = await NodeServer.StartAsync(redis);
        var room = NewRoom();
        var (a, b) = (await MeetAsync(node, room, "a", parties: 3), await MeetAsync(node, room, "b", parties: 3));
        await WaitingAsync(node, a);
        await WaitingAsync(node, b);
        var pid = node.Pool.ReportWorkers().Single().Pid!.Value;
        Signals.SendKill(pid);
        foreach (var id in new[] { a, b })
            await Eventually.HoldsAsync(async () => await StateAsync(node, id) == (JobState.Running, 2), "the second attempt runs");
        var c = await MeetAsync(node, room, "c", parties: 3);

        var jobs = new List<Job>();
        foreach (var id in new[] { a, b, c })
            jobs.Add(await node.EndAsync(id));
        Assert.All(jobs, job => Assert.Equal(JobState.Succeeded, job.State));
        Assert.Equal([2, 2, 1], jobs.Select(job => job.Attempt));
        Assert.All(jobs[..2], job => Assert.Equal(FailureKinds.EngineCrashed, job.Attempts[0].Failure?.Kind));
        Assert.All(jobs, job => Assert.NotEqual(pid, job.Attempts[^1].Pid));
        Assert.All(jobs, job => Assert.Equal("a b c a b c a b c", string.Join(' ', job.Result!.Output!["said"]!.AsArray())));
    }

    [Fact]
    public async Task One_that_stalls_is_tried_again_and_the_others_go_on()
    {
        await using var node = await NodeServer.StartAsync(redis, NodeHarness.Testcard with { StallTimeoutSeconds = 0.5 });
        var quiet = await node.SubmitAsync("wait", new JsonObject { ["seconds"] = 60 }, job => job with { MaxAttempts = 1 });
        var lively = await node.SubmitAsync("wait", new JsonObject { ["seconds"] = 2, ["steps"] = 40 });
        var stalled = await node.EndAsync(quiet);
        Assert.Equal((JobState.Failed, FailureKinds.Stalled), (stalled.State, stalled.Failure?.Kind));
        var job = await node.EndAsync(lively);
        Assert.Equal((JobState.Succeeded, 1), (job.State, job.Attempt));
        Assert.Equal(stalled.Attempts.Single().Pid, job.Attempts.Single().Pid);
        Assert.Equal(0, node.Pool.ReportWorkers().Single().Restarts);
    }

    [Fact]
    public async Task No_more_run_side_by_side_than_configured_and_idle_workers_come_first()
    {
        await using var node = await NodeServer.StartAsync(redis, NodeHarness.Testcard with { Workers = 2, Concurrency = 2 });
        var room = NewRoom();
        var ids = new List<string>();
        for (var number = 0; number < 5; number++)
            ids.Add(await MeetAsync(node, room, $"n{number}", parties: 32));
        foreach (var id in ids[..4])
            await WaitingAsync(node, id);
        Assert.Equal((JobState.Queued, 0), await StateAsync(node, ids[4]));
        Assert.Equal([2, 2], node.Pool.ReportWorkers().Select(worker => worker.Jobs.Count));
        await node.Jobs.CancelAsync(ids[0], "test", CancellationToken.None);
        await WaitingAsync(node, ids[4]);
        foreach (var id in ids)
            await node.Jobs.CancelAsync(id, "test", CancellationToken.None);
        foreach (var id in ids)
            Assert.Equal(JobState.Canceled, (await node.EndAsync(id)).State);
    }

    [Fact]
    public async Task A_worker_is_recycled_when_the_last_of_its_calls_is_over()
    {
        await using var node = await NodeServer.StartAsync(redis, NodeHarness.Testcard with { RecycleCalls = 2 });
        var room = NewRoom();
        var (a, b) = (await MeetAsync(node, room, "a"), await MeetAsync(node, room, "b"));
        var (one, other) = (await node.EndAsync(a), await node.EndAsync(b));
        Assert.Equal((JobState.Succeeded, JobState.Succeeded), (one.State, other.State));
        await Eventually.HoldsAsync(
            () => node.Pool.ReportWorkers().ToList() is [{ State: "ready" } now] && now.Pid != one.Attempts.Single().Pid, "the worker is replaced");
        var after = await node.EndAsync(await node.SubmitAsync("wait", []));
        Assert.NotEqual(one.Attempts.Single().Pid, after.Attempts.Single().Pid);
    }

    private static Task<string> MeetAsync(
        NodeServer node, string room, string name, int parties = 2, Func<JobSpecification, JobSpecification>? with = null) =>
        node.SubmitAsync("meet", new JsonObject { ["room"] = room, ["name"] = name, ["parties"] = parties }, with);

    private static async Task<string> WaitingAsync(NodeServer node, string id)
    {
        await Eventually.HoldsAsync(
            async () => (await node.Jobs.FindAsync(id, CancellationToken.None)) is { State: JobState.Running, Progress.Message: "waiting" },
            "the call waits");
        return id;
    }

    private static async Task<(JobState State, int Attempt)> StateAsync(NodeServer node, string id)
    {
        var job = (await node.Jobs.FindAsync(id, CancellationToken.None))!;
        return (job.State, job.Attempt);
    }
}
