using System.Text.Json.Nodes;
using Workers.Jobs;

namespace Workers.Node.Tests.Dispatch;

/// <summary>What running attempts make of a Redis that is away.</summary>
public sealed class OutageTests
{
    [Fact]
    public async Task An_attempt_that_ends_while_redis_stands_still_is_told_later_and_counts_once()
    {
        await using var redis = new TestRedis();
        await using var node = await NodeServer.StartAsync(redis);
        var id = await node.SubmitAsync("render", new JsonObject { ["width"] = 64, ["height"] = 64, ["seconds"] = 1, ["steps"] = 10 });
        await node.UntilAsync(id, JobState.Running);
        var pid = node.Pool.ReportWorkers().Single().Pid;

        redis.Stop();
        await Eventually.HoldsAsync(() => node.Pool.ReportWorkers().Single() is { State: "ready", Calls: 1 }, "the call is over");
        await Task.Delay(TimeSpan.FromSeconds(3)); // Longer than a call to Redis may take, so that completing fails at least once.
        redis.Continue();

        var job = await Eventually.GivesAsync(() => node.TryEndAsync(id), "the job is over");
        Assert.Equal((JobState.Succeeded, 1), (job.State, job.Attempt));
        Assert.Equal(["queued", "started", "artifact", "succeeded"], await node.EventsAsync(id));
        Assert.Equal(pid, node.Pool.ReportWorkers().Single().Pid);
        var next = await node.SubmitAsync("render", new JsonObject { ["width"] = 64, ["height"] = 64 });
        Assert.Equal(JobState.Succeeded, (await node.EndAsync(next)).State);
    }

    [Fact]
    public async Task Redis_killed_and_back_costs_nothing_that_was_acknowledged()
    {
        await using var redis = TestRedis.Start(TestDurability.Always);
        await using var node = await NodeServer.StartAsync(redis);
        var ids = new List<string>();
        for (var number = 0; number < 5; number++)
            ids.Add(await node.SubmitAsync("render", new JsonObject { ["width"] = 64, ["height"] = 64, ["seed"] = number, ["seconds"] = 0.4 }));
        await node.UntilAsync(ids[0], JobState.Running);
        redis.Kill9();
        redis.Restart();

        foreach (var id in ids)
        {
            var job = await Eventually.GivesAsync(() => node.TryEndAsync(id), "the job is over");
            Assert.Equal(JobState.Succeeded, job.State);
            Assert.Single(await node.EventsAsync(id), type => type == "succeeded");
        }
    }
}
