using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Hosting;
using Workers.Jobs;
using Workers.Jobs.Assets;
using Workers.Jobs.Nodes;
using Workers.Jobs.Processes;
using Workers.Node.Dispatch;

namespace Workers.Node.Tests.Dispatch;

/// <summary>From the queue to the stored result: real Redis, real workers.</summary>
public sealed class DispatchTests(TestRedis redis) : IClassFixture<TestRedis>
{
    private static readonly JsonObject Small = new() { ["width"] = 64, ["height"] = 64 };

    [Fact]
    public async Task Jobs_run_on_the_warm_worker_and_deliver_stored_pictures()
    {
        await using var node = await NodeServer.StartAsync(redis);
        var pids = new HashSet<int?>();
        var warm = new List<string>();
        for (var number = 0; number < 20; number++)
        {
            var job = await node.EndAsync(await node.SubmitAsync("render", new JsonObject { ["width"] = 64, ["height"] = 64, ["seed"] = number }));
            Assert.Equal(JobState.Succeeded, job.State);
            var artifact = Assert.Single(job.Result!.Artifacts);
            var png = await File.ReadAllBytesAsync((await node.Blobs.PathAsync(AssetId.Hex(artifact.Asset), CancellationToken.None))!);
            Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], png[..4]);
            Assert.Equal((png.Length, 64, 64, "image/png"), (artifact.Size, artifact.Width, artifact.Height, artifact.MediaType));
            var attempt = Assert.Single(job.Attempts);
            Assert.Equal(("n1", "testcard-1"), (attempt.Node, attempt.Worker));
            pids.Add(attempt.Pid);
            warm.Add(job.Result.Warm);
            Assert.Equal(["queued", "started", "artifact", "succeeded"], await node.EventsAsync(job.Id));
        }

        Assert.Single(pids);
        Assert.Equal("cold", warm[0]);
        Assert.All(warm[1..], text => Assert.Equal("process", text));
        await Eventually.HoldsAsync(() => Directory.GetFileSystemEntries(node.CallFolders).Length == 0, "call folders are gone");
        Assert.Empty(node.Attempts.All);
    }

    [Fact]
    public async Task A_file_stays_open_until_it_changes_and_one_that_is_gone_fails_before_the_call()
    {
        await using var node = await NodeServer.StartAsync(redis);
        node.Model("card.txt", "one");
        var warm = new List<string>();
        for (var time = 0; time < 3; time++)
        {
            if (time == 2)
                node.Model("card.txt", "another");
            var job = await node.EndAsync(await node.SubmitAsync("inspect", new JsonObject { ["file"] = "root:models/card.txt" }));
            Assert.Equal("card.txt", (string?)job.Result!.Output!["name"]);
            warm.Add(job.Result.Warm);
        }

        Assert.Equal(["cold", "file", "process"], warm);
        var gone = await node.EndAsync(await node.SubmitAsync("inspect", new JsonObject { ["file"] = "root:models/no.txt" }));
        Assert.Equal((JobState.Failed, FailureKinds.InvalidInput, "/file"), (gone.State, gone.Failure!.Kind, gone.Failure.Pointer));
        Assert.Equal(3, node.Pool.ReportWorkers().Single().Calls);
    }

    [Fact]
    public async Task A_job_goes_to_the_idle_worker_that_holds_its_file()
    {
        await using var node = await NodeServer.StartAsync(redis, NodeHarness.Testcard with { Workers = 2 });
        JsonObject Input(string name, double seconds) =>
            new() { ["file"] = $"root:models/{name}", ["width"] = 64, ["height"] = 64, ["seconds"] = seconds };
        string[] names = ["a.txt", "b.txt"];
        var running = new List<string>();
        foreach (var name in names)
        {
            node.Model(name, name);
            running.Add(await node.SubmitAsync("render", Input(name, 0.7)));
        }

        var pids = new Dictionary<string, int?>();
        for (var index = 0; index < 2; index++)
            pids[names[index]] = (await node.EndAsync(running[index])).Attempts.Single().Pid;
        Assert.NotEqual(pids["a.txt"], pids["b.txt"]);
        foreach (var name in names.Concat(names).Concat(names).Append("b.txt"))
        {
            var job = await node.EndAsync(await node.SubmitAsync("render", Input(name, 0)));
            Assert.Equal((name, "file", pids[name]), (name, job.Result!.Warm, job.Attempts.Single().Pid));
        }
    }

    [Theory]
    [InlineData("ababacacbcb", "a! b! a b a c! a c b! c b")] // The one asked for least recently makes room.
    [InlineData("aabcdaed", "a! a b! c! d! a e! d!")] // Those asked for once make room first: previews of many files leave a product's open.
    public async Task A_file_that_nobody_holds_goes_where_another_one_is_missed_least(string asked, string opened)
    {
        await using var node = await NodeServer.StartAsync(redis, NodeHarness.Testcard with { Workers = 2 });
        foreach (var name in "abcde")
            node.Model($"{name}.txt", $"{name}");
        var seen = new List<string>();
        foreach (var name in asked)
        {
            var input = new JsonObject { ["file"] = $"root:models/{name}.txt", ["width"] = 8, ["height"] = 8 };
            var job = await node.EndAsync(await node.SubmitAsync("render", input));
            seen.Add(job.Result!.Warm == "file" ? $"{name}" : $"{name}!");
        }

        Assert.Equal(opened, string.Join(' ', seen));
    }

    [Fact]
    public async Task A_killed_worker_costs_an_attempt_and_not_the_job()
    {
        await using var node = await NodeServer.StartAsync(redis, NodeHarness.Testcard with { Workers = 2 });
        var id = await node.SubmitAsync("render", new JsonObject { ["width"] = 64, ["height"] = 64, ["seconds"] = 1, ["steps"] = 10 });
        var first = await node.UntilAsync(id, JobState.Running);
        await Eventually.HoldsAsync(async () => (await node.Jobs.FindAsync(id, CancellationToken.None))?.Progress is not null, "progress is written");
        Signals.SendKill(first.Attempts.Single().Pid!.Value);

        var job = await node.EndAsync(id);
        Assert.Equal((JobState.Succeeded, 2), (job.State, job.Attempt));
        Assert.Equal(FailureKinds.EngineCrashed, job.Attempts[0].Failure?.Kind);
        Assert.Contains("signal 9", job.Attempts[0].Failure!.Message, StringComparison.Ordinal);
        Assert.NotEqual(job.Attempts[0].Pid, job.Attempts[1].Pid);
        Assert.Equal(["queued", "started", "retrying", "queued", "started", "artifact", "succeeded"], await node.EventsAsync(id));
    }

    [Fact]
    public async Task Failures_end_as_their_kind_says()
    {
        await using var node = await NodeServer.StartAsync(redis);
        (string Kind, string Failure, int Attempts)[] cases =
        [
            ("exception", FailureKinds.EngineError, 1),
            ("symlink_output", FailureKinds.OutputRejected, 1),
            ("missing_output", FailureKinds.OutputRejected, 1),
            ("escape_output", FailureKinds.OutputRejected, 1),
            ("fifo_output", FailureKinds.OutputRejected, 1),
            ("crash", FailureKinds.EngineCrashed, 2),
        ];
        foreach (var (kind, failure, attempts) in cases)
        {
            var job = await node.EndAsync(await node.FaultAsync(kind));
            Assert.Equal((kind, JobState.Failed, failure, attempts), (kind, job.State, job.Failure!.Kind, job.Attempt));
        }

        var huge = await node.EndAsync(await node.FaultAsync("huge_output", amount: 2L << 30));
        Assert.Equal(FailureKinds.OutputRejected, huge.Failure?.Kind);
        Assert.Contains("1073741824", huge.Failure!.Message, StringComparison.Ordinal);

        var unknown = await node.EndAsync(await node.SubmitAsync("gone", []));
        Assert.Equal((JobState.Failed, FailureKinds.EngineError, 1), (unknown.State, unknown.Failure!.Kind, unknown.Attempt));
        Assert.Contains("render", unknown.Failure.Message, StringComparison.Ordinal);

        var late = await node.EndAsync(await node.FaultAsync("hang", job => job with { TimeoutSeconds = 0.3 }));
        Assert.Equal((JobState.Failed, FailureKinds.Deadline, 1), (late.State, late.Failure!.Kind, late.Attempt));

        var retried = await node.EndAsync(await node.FaultAsync("retryable", attempts: [1]));
        Assert.Equal((JobState.Succeeded, 2), (retried.State, retried.Attempt));
        var given = await node.EndAsync(await node.FaultAsync("retryable", job => job with { MaxAttempts = 1 }));
        Assert.Equal((JobState.Failed, FailureKinds.EngineError, 1), (given.State, given.Failure!.Kind, given.Attempt));

        var log = await node.Get<AttemptStore>().ReadLogAsync(given.Id, 1, CancellationToken.None);
        Assert.Contains("testcard: fault retryable", Encoding.UTF8.GetString(log!), StringComparison.Ordinal);
        var good = await node.EndAsync(await node.SubmitAsync("render", (JsonObject)Small.DeepClone()));
        Assert.Equal(JobState.Succeeded, good.State);
    }

    [Fact]
    public async Task A_store_that_fails_costs_an_attempt_and_large_json_becomes_an_artifact()
    {
        await using var node = await NodeServer.StartAsync(redis);
        var incoming = Path.Combine(node.BlobFolder, "incoming");
        Directory.Delete(incoming); // Where the store writes: it can take nothing in.
        var id = await node.FaultAsync("big_json", amount: 200); // More than goes to Redis with the job's end.
        var waiting = await node.UntilAsync(id, JobState.Scheduled);
        Assert.Equal(FailureKinds.StoreFailed, waiting.Attempts.Single().Failure?.Kind);
        Directory.CreateDirectory(incoming);
        var big = await node.EndAsync(id);
        Assert.Equal(JobState.Succeeded, big.State);
        Assert.Null(big.Result!.Output);
        Assert.Equal(("output.json", "application/json"), (big.Result.Artifacts.Single().Name, big.Result.Artifacts.Single().MediaType));
        var small = await node.EndAsync(await node.FaultAsync("big_json", amount: 2));
        Assert.Equal(2048, ((string?)small.Result!.Output!["text"])!.Length);
    }

    [Fact]
    public async Task An_output_that_meets_its_own_deletion_is_stored_again()
    {
        await using var node = await NodeServer.StartAsync(redis);
        var registry = node.Get<AssetRegistry>();
        JsonObject Same() => new() { ["width"] = 64, ["height"] = 64, ["text"] = "again" };
        var first = await node.EndAsync(await node.SubmitAsync("render", Same()));
        var hex = AssetId.Hex(first.Result!.Artifacts.Single().Asset);
        Assert.Equal(DeleteOutcome.Deleted, await node.Jobs.DeleteAsync(first.Id, CancellationToken.None));
        Assert.Contains(hex, await registry.MarkUnusedAsync(TimeSpan.Zero, 100, CancellationToken.None));

        var second = await node.SubmitAsync("render", Same());
        await Eventually.HoldsAsync(() => node.Pool.ReportWorkers().Single() is { State: "ready", Calls: 2 }, "the call is over");
        await node.Blobs.DeleteAsync(hex, CancellationToken.None);
        Assert.Equal(JobState.Running, (await node.Jobs.FindAsync(second, CancellationToken.None))!.State);
        await registry.UnmarkAsync(hex, CancellationToken.None);
        Assert.Equal(JobState.Succeeded, (await node.EndAsync(second)).State);
        Assert.True(await node.Blobs.ExistsAsync(hex, CancellationToken.None));
        Assert.NotNull(await registry.FindAsync(hex, touch: false, CancellationToken.None));
    }

    [Fact]
    public async Task A_canceled_job_ends_canceled_and_its_worker_stays()
    {
        await using var node = await NodeServer.StartAsync(redis);
        var pid = node.Pool.ReportWorkers().Single().Pid;
        for (var time = 0; time < 5; time++)
        {
            var id = await node.SubmitAsync("render", new JsonObject { ["seconds"] = 60, ["steps"] = 600, ["snapshots"] = true });
            await Eventually.HoldsAsync(async () => (await node.Jobs.FindAsync(id, CancellationToken.None))?.Progress is not null, "it runs");
            if (time == 0)
            {
                var store = node.Get<AttemptStore>();
                await Eventually.HoldsAsync(
                    async () => await store.FindSnapshotAsync(id, CancellationToken.None) is { Bytes.Length: > 100 }, "a snapshot");
            }

            Assert.Equal(CancelOutcome.Stopping, await node.Jobs.CancelAsync(id, "test", CancellationToken.None));
            var job = await node.EndAsync(id);
            Assert.Equal((JobState.Canceled, FailureKinds.Canceled), (job.State, job.Failure?.Kind));
            Assert.Equal("canceled", (await node.EventsAsync(id))[^1]);
        }

        Assert.Equal(pid, node.Pool.ReportWorkers().Single().Pid);
    }

    [Fact]
    public async Task A_lost_lease_drops_the_attempt_and_its_result()
    {
        await using var node = await NodeServer.StartAsync(redis);
        var id = await node.SubmitAsync("render", new JsonObject { ["width"] = 64, ["height"] = 64, ["seconds"] = 60 });
        await node.UntilAsync(id, JobState.Running);
        var attempt = await Eventually.GivesAsync(() => Task.FromResult(node.Attempts.All.SingleOrDefault()), "the attempt");

        // The same node id under another boot: what a restarted node does to its former self.
        await node.Get<NodeRegistry>().SetDesiredAsync("engine:testcard", "pause", CancellationToken.None);
        await Eventually.HoldsAsync(() => !node.Get<DispatcherSet>().All[0].Claiming, "paused");
        Assert.Equal(1, await node.Get<AttemptStore>().TakeBackAsync("n1", "another", CancellationToken.None));
        await node.Get<IEnumerable<IHostedService>>().OfType<LeaseKeeper>().Single().RenewAsync(CancellationToken.None);
        await Eventually.HoldsAsync(() => node.Attempts.All.Count == 0, "the attempt is dropped");
        Assert.Equal(StopReason.LeaseLost, attempt.Reason);
        var job = await node.Jobs.FindAsync(id, CancellationToken.None);
        Assert.Equal((JobState.Queued, 1), (job!.State, job.Attempt));
        Assert.Null(job.Result);
        await node.Jobs.CancelAsync(id, "test is over", CancellationToken.None);
        await node.Get<NodeRegistry>().SetDesiredAsync("engine:testcard", null, CancellationToken.None);
    }

    [Fact]
    public async Task Stopping_finishes_what_is_short_gives_back_what_is_long_and_leaves_nothing()
    {
        var node = await NodeServer.StartAsync(redis, NodeHarness.Testcard with { Workers = 2 }, grace: 1.5);
        var quick = await node.SubmitAsync("render", new JsonObject { ["width"] = 64, ["height"] = 64, ["seconds"] = 0.5 });
        var slow = await node.SubmitAsync("render", new JsonObject { ["width"] = 64, ["height"] = 64, ["seconds"] = 2.5, ["steps"] = 25 });
        await node.UntilAsync(quick, JobState.Running);
        await node.UntilAsync(slow, JobState.Running);
        var pids = node.Pool.ReportWorkers().Select(worker => worker.Pid!.Value).ToList();
        await node.StopAsync();

        Assert.Equal(JobState.Succeeded, (await node.Jobs.FindAsync(quick, CancellationToken.None))!.State);
        var given = (await node.Jobs.FindAsync(slow, CancellationToken.None))!;
        Assert.Equal((JobState.Queued, 1), (given.State, given.Attempt));
        Assert.Equal("stopped", (await node.ReportAsync()).State);
        Assert.All(pids, pid => Assert.Null(ProcessIdentity.Of(pid)));
        await node.DisposeAsync();

        // The next one takes it up where it was, and the return did not count.
        await using var next = await NodeServer.StartAsync(redis, NodeHarness.Testcard);
        var job = await next.EndAsync(slow);
        Assert.Equal((JobState.Succeeded, 2), (job.State, job.Attempt));
    }

    [Fact]
    public async Task Drain_pause_and_recycle_are_followed_and_reported()
    {
        await using var node = await NodeServer.StartAsync(redis);
        var registry = node.Get<NodeRegistry>();
        foreach (var (subject, wish) in new[] { ("node:n1", "drain"), ("engine:testcard", "pause") })
        {
            await registry.SetDesiredAsync(subject, wish, CancellationToken.None);
            await Eventually.HoldsAsync(() => !node.Get<DispatcherSet>().All[0].Claiming, $"{wish} is followed");
            if (wish == "drain")
                await Eventually.HoldsAsync(async () => (await node.ReportAsync()).State == "draining", "reported");
            var id = await node.SubmitAsync("render", (JsonObject)Small.DeepClone());
            await registry.SetDesiredAsync(subject, null, CancellationToken.None);
            Assert.Equal(JobState.Succeeded, (await node.EndAsync(id)).State);
        }

        var before = node.Pool.ReportWorkers().Single();
        await registry.SetDesiredAsync("worker:" + before.Id, "recycle", CancellationToken.None);
        await Eventually.HoldsAsync(
            () => node.Pool.ReportWorkers().ToList() is [{ State: "ready" } now] && now.Pid != before.Pid, "another process");
        var wished = "worker:" + before.Id;
        await Eventually.HoldsAsync(async () => !(await registry.DesiredAsync(CancellationToken.None)).ContainsKey(wished), "taken back");
    }
}
