using System.Text.Json.Nodes;
using Workers.Jobs;
using Workers.Jobs.Engines;
using Workers.Node.Dispatch;

namespace Workers.Node.Tests.Dispatch;

/// <summary>A job in a hurry is served at once where none was kept free for it: what a worker did for another one is begun anew later.</summary>
public sealed class PreemptionTests(TestRedis redis) : IClassFixture<TestRedis>
{
    private static readonly EngineSpecification OneWorker = NodeHarness.Testcard with { Workers = 1, KeepFree = 1 };

    [Fact]
    public async Task A_long_preview_is_ended_for_the_shop_and_made_after_it_by_the_same_process()
    {
        await using var node = await NodeServer.StartAsync(redis, OneWorker);
        var preview = await LongAsync(node);
        var shop = await ShopAsync(node);
        Assert.Equal(JobState.Succeeded, (await node.EndAsync(shop)).State);
        var again = await node.UntilAsync(preview, JobState.Running);
        Assert.Equal(2, again.Attempt);
        var first = again.Attempts[0];
        Assert.Equal((FailureKinds.Preempted, true), (first.Failure!.Kind, first.Failure.Retryable));
        Assert.Equal(first.Pid, again.Attempts[1].Pid);
        Assert.Equal(["queued", "started", "retrying", "started"], (await node.EventsAsync(preview)).Take(4));
        await EndAsync(node, preview);
    }

    [Fact]
    public async Task It_is_ended_three_times_and_then_goes_on()
    {
        await using var node = await NodeServer.StartAsync(redis, OneWorker);
        var preview = await LongAsync(node);
        for (var time = 1; time <= Preemption.MostTimes; time++)
        {
            await node.EndAsync(await ShopAsync(node));
            await Eventually.HoldsAsync(
                async () => await node.Jobs.FindAsync(preview, CancellationToken.None) is { State: JobState.Running } job && job.Attempt == time + 1,
                "the preview runs again");
            await BegunAsync(node, preview);
        }

        var waits = await ShopAsync(node);
        await LeftAloneAsync(node, preview, Preemption.MostTimes + 1, waits);
    }

    [Theory]
    [InlineData(1, 0, 50)]
    [InlineData(1, 1, 49)]
    [InlineData(2, 1, 50)]
    public async Task Where_none_is_kept_nobody_hurries_or_another_is_free_it_is_left_alone(int workers, int keepFree, int priority)
    {
        await using var node = await NodeServer.StartAsync(redis, OneWorker with { Workers = workers, KeepFree = keepFree });
        var preview = await LongAsync(node);
        var other = await ShopAsync(node, priority);
        await LeftAloneAsync(node, preview, 1, workers == 1 ? other : null);
    }

    [Fact]
    public async Task Of_two_workers_the_younger_job_is_ended_for_the_first_in_a_hurry_and_nothing_for_the_next()
    {
        await using var node = await NodeServer.StartAsync(redis, OneWorker with { Workers = 2 });
        var older = await LongAsync(node);
        var younger = await LongAsync(node);
        for (var call = 0; call < 3; call++)
            Assert.Equal(JobState.Succeeded, (await node.EndAsync(await ShopAsync(node))).State);
        await LeftAloneAsync(node, older, 1, younger);
    }

    [Fact]
    public async Task One_that_has_run_for_long_is_left_alone()
    {
        await using var node = await NodeServer.StartAsync(redis, OneWorker);
        node.Get<DispatcherSet>().All[0].Preemption.MostLost = TimeSpan.Zero;
        var preview = await LongAsync(node);
        await LeftAloneAsync(node, preview, 1, await ShopAsync(node));
    }

    [Fact]
    public async Task A_paused_engine_ends_nothing()
    {
        await using var node = await NodeServer.StartAsync(redis, OneWorker);
        var preview = await LongAsync(node);
        node.Get<DispatcherSet>().All[0].Claiming = false;
        await LeftAloneAsync(node, preview, 1, await ShopAsync(node));
    }

    [Fact]
    public async Task Of_two_nodes_one_makes_room()
    {
        await using var one = await NodeServer.StartAsync(redis, OneWorker, "one");
        await using var two = await NodeServer.StartAsync(redis, OneWorker, "two");
        string[] previews = [await LongAsync(one), await LongAsync(one)];
        Assert.Equal(JobState.Succeeded, (await one.EndAsync(await ShopAsync(one))).State);
        var jobs = await Task.WhenAll(previews.Select(id => one.UntilAsync(id, JobState.Running)));
        Assert.Equal([1, 2], jobs.Select(job => job.Attempt).Order());
        foreach (var preview in previews) await EndAsync(one, preview);
    }

    [Fact]
    public async Task An_async_call_is_left_alone()
    {
        await using var node = await NodeServer.StartAsync(redis, OneWorker);
        var wait = await node.SubmitAsync("wait", new JsonObject { ["seconds"] = 3600, ["steps"] = 10_000 }, Batch);
        await BegunAsync(node, wait);
        await LeftAloneAsync(node, wait, 1, await ShopAsync(node));
    }

    [Fact]
    public async Task A_cancel_that_came_first_stays_one()
    {
        await using var node = await NodeServer.StartAsync(redis, OneWorker);
        var preview = await LongAsync(node);
        await node.Jobs.CancelAsync(preview, "by test", CancellationToken.None);
        await node.EndAsync(await ShopAsync(node));
        var job = await node.EndAsync(preview);
        Assert.Equal((JobState.Canceled, 1), (job.State, job.Attempt));
    }

    private static JobSpecification Batch(JobSpecification job) => job with { Priority = 10 };

    // It has begun when this returns: it tells progress.
    private static async Task<string> LongAsync(NodeServer node)
    {
        var id = await node.SubmitAsync("render", new JsonObject { ["seconds"] = 3600, ["steps"] = 10_000 }, Batch);
        await BegunAsync(node, id);
        return id;
    }

    private static Task BegunAsync(NodeServer node, string id) =>
        Eventually.HoldsAsync(async () => (await node.Jobs.FindAsync(id, CancellationToken.None))!.Progress is not null, $"job {id} tells progress");

    private static Task<string> ShopAsync(NodeServer node, int priority = Priorities.Normal) =>
        node.SubmitAsync("render", new JsonObject { ["width"] = 64, ["height"] = 64 }, job => job with { Priority = priority });

    // Nothing tells that nothing is going to happen: it is looked at for a while.
    private static async Task LeftAloneAsync(NodeServer node, string running, int attempt, string? waits)
    {
        for (var look = 0; look < 20; look++)
        {
            var job = (await node.Jobs.FindAsync(running, CancellationToken.None))!;
            Assert.Equal((JobState.Running, attempt), (job.State, job.Attempt));
            if (waits is not null)
                Assert.Equal(JobState.Queued, (await node.Jobs.FindAsync(waits, CancellationToken.None))!.State);
            await Task.Delay(20);
        }

        await EndAsync(node, running);
        if (waits is not null)
            await node.Jobs.CancelAsync(waits, "by test", CancellationToken.None);
    }

    private static async Task EndAsync(NodeServer node, string id)
    {
        await node.Jobs.CancelAsync(id, "by test", CancellationToken.None);
        await node.EndAsync(id);
    }
}
