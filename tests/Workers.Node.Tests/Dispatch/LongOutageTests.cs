using System.Text.Json.Nodes;
using Workers.Jobs;

namespace Workers.Node.Tests.Dispatch;

/// <summary>What running attempts make of a Redis that is away for longer than they hold their leases; by itself, for it mostly waits.</summary>
public sealed class LongOutageTests
{
    [Fact]
    public async Task Redis_standing_still_for_two_leases_requeues_nothing_that_runs()
    {
        const int Count = 8;
        await using var redis = new TestRedis();
        await using var node = await NodeServer.StartAsync(redis, NodeHarness.Testcard with { Workers = Count });
        var ids = new List<string>();
        for (var number = 0; number < Count; number++)
            ids.Add(await node.SubmitAsync("render", new JsonObject { ["width"] = 16, ["height"] = 16, ["seconds"] = 4 + number, ["steps"] = 20 }));
        foreach (var id in ids)
            await node.UntilAsync(id, JobState.Running);
        redis.Stop();
        await Task.Delay(JobStore.LeaseDuration * 2);
        redis.Continue();

        foreach (var id in ids)
        {
            var job = await Eventually.GivesAsync(() => node.TryEndAsync(id), "the job is over");
            Assert.Equal((JobState.Succeeded, 1), (job.State, job.Attempt));
            Assert.Equal(["queued", "started", "artifact", "succeeded"], await node.EventsAsync(id));
        }
    }
}
