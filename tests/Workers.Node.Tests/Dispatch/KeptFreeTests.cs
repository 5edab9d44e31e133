using System.Text.Json.Nodes;
using Workers.Jobs;
using Workers.Node.Dispatch;

namespace Workers.Node.Tests.Dispatch;

/// <summary>Jobs in a hurry find a worker free, the others are never without one, and without the former the latter have all.</summary>
public sealed class KeptFreeTests(TestRedis redis) : IClassFixture<TestRedis>
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);
    private readonly SteppedClock clock = new();
    private readonly HashSet<string> taken = [];

    [Fact]
    public void Of_two_workers_one_is_kept_for_a_minute_after_a_job_in_a_hurry()
    {
        var kept = Kept(workers: 2, keepFree: 1);
        Begin(kept, "w1", "preview", 49);
        Assert.Null(Least(kept, "w2")); // Nobody was in a hurry.
        Begin(kept, "w2", "shop", 50);
        kept.Ended("shop");
        Assert.Equal(50, Least(kept, "w2"));
        Assert.Null(Least(kept, "w1")); // It is the one that takes all.
        clock.Advance(KeptFree.Memory - Moment);
        Assert.Equal(50, Least(kept, "w2"));
        clock.Advance(Moment);
        Assert.Null(Least(kept, "w2"));
    }

    [Fact]
    public void A_long_job_in_a_hurry_keeps_it_while_it_runs_and_a_worker_that_is_free_again_counts_before_its_job_is_told()
    {
        var kept = Kept(workers: 3, keepFree: 1);
        Begin(kept, "w1", "film", 90);
        clock.Advance(TimeSpan.FromHours(1));
        Begin(kept, "w2", "preview1", 10);
        Assert.Null(Least(kept, "w3"));
        Begin(kept, "w3", "preview2", 10);
        kept.Ended("film");
        taken.Remove("w1");
        Assert.Equal(50, Least(kept, "w1"));
        taken.Remove("w2");
        Assert.Null(Least(kept, "w1"));
        Assert.Null(Least(kept, "w2"));
        taken.Add("w2"); // It has another one already, and the end of the first is still to be told.
        kept.Begun("w2", "shop", 50);
        kept.Ended("preview1");
        Assert.Null(Least(kept, "w1"));
    }

    [Theory]
    [InlineData(4, 0, 4)]
    [InlineData(4, 1, 3)]
    [InlineData(4, 3, 1)]
    [InlineData(4, 255, 1)]
    public void Of_more_workers_as_many_are_kept_as_wanted_but_one(int workers, int keepFree, int others)
    {
        var kept = Kept(workers, keepFree);
        kept.Begun("w0", "shop", 50);
        kept.Ended("shop");
        var begun = 0;
        while (begun < workers && Least(kept, $"w{begun}") is null)
            Begin(kept, $"w{begun}", $"preview{begun++}", 0);
        Assert.Equal(others, begun);
    }

    [Fact]
    public void An_only_worker_waits_for_the_next_in_a_hurry_a_moment_each_time_and_not_for_ever()
    {
        var kept = Kept(workers: 1, keepFree: 1);
        Assert.Null(Least(kept, "w"));
        kept.Nothing();
        for (var waited = TimeSpan.Zero; waited < KeptFree.LongestWait; waited += KeptFree.Pause)
        {
            Begin(kept, "w", "shop", 50);
            Assert.Equal(50, Least(kept, "w")); // Its end is not told yet.
            Assert.Null(kept.LeastFor("w", beside: true)); // What is async disturbs nobody.
            kept.Ended("shop");
            clock.Advance(KeptFree.Pause - Moment);
            Assert.Equal(50, Least(kept, "w"));
            clock.Advance(Moment);
        }

        Begin(kept, "w", "shop", 50);
        kept.Ended("shop");
        Assert.Null(Least(kept, "w")); // Two seconds of that were enough, and stay enough until somebody else had a turn.
        Begin(kept, "w", "shop", 50);
        kept.Ended("shop");
        Assert.Null(Least(kept, "w"));
        Begin(kept, "w", "preview", 10);
        kept.Ended("preview");
        Assert.Equal(50, Least(kept, "w"));
        clock.Advance(KeptFree.Pause);
        Assert.Null(Least(kept, "w"));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(0, false)]
    public void A_job_may_be_ended_that_began_while_nobody_was_in_a_hurry_where_no_worker_is_left(int keepFree, bool mayBe)
    {
        var kept = Kept(workers: 2, keepFree);
        Begin(kept, "w1", "preview1", 10);
        Assert.False(kept.MayBeEnded("preview1")); // There is another worker.
        Begin(kept, "w2", "preview2", 10);
        Assert.Equal(mayBe, kept.MayBeEnded("preview1"));
        Assert.Equal(mayBe, kept.MayBeEnded("preview2"));
        taken.Remove("w2"); // Its call is over.
        Assert.False(kept.MayBeEnded("preview1"));
        kept.Ended("preview2");
        Begin(kept, "w2", "shop", 50);
        Assert.Equal(mayBe, kept.MayBeEnded("preview1"));
        Assert.False(kept.MayBeEnded("shop"));
        kept.Ended("shop");
        Begin(kept, "w2", "preview3", 10);
        Assert.False(kept.MayBeEnded("preview3")); // It began in spite of the shop.
        Assert.Equal(mayBe, kept.MayBeEnded("preview1"));
        Assert.False(kept.MayBeEnded("unknown"));
    }

    [Fact]
    public async Task Previews_leave_one_of_two_workers_to_the_shop_and_the_next_begins_when_one_ends()
    {
        await using var node = await NodeServer.StartAsync(redis, NodeHarness.Testcard with { Workers = 2 });
        Assert.Equal(JobState.Succeeded, (await ShopAsync(node)).State);
        var previews = new List<string>();
        for (var number = 0; number < 3; number++)
            previews.Add(await node.SubmitAsync("render", new JsonObject { ["seconds"] = 60, ["steps"] = 60 }, job => job with { Priority = 49 }));
        for (var number = 0; number < 2; number++)
        {
            await node.UntilAsync(previews[number], JobState.Running);
            for (var time = 0; time < 3; time++)
                Assert.Equal(JobState.Succeeded, (await ShopAsync(node)).State);
            Assert.Equal(JobState.Queued, (await node.Jobs.FindAsync(previews[number + 1], CancellationToken.None))!.State);
            await node.Jobs.CancelAsync(previews[number], "by test", CancellationToken.None);
        }

        await node.UntilAsync(previews[2], JobState.Running);
        await node.Jobs.CancelAsync(previews[2], "by test", CancellationToken.None);
        await node.EndAsync(previews[2]);
    }

    private static async Task<Job> ShopAsync(NodeServer node) =>
        await node.EndAsync(await node.SubmitAsync("render", new JsonObject { ["width"] = 64, ["height"] = 64 }));

    private KeptFree Kept(int workers, int keepFree) => new(workers, keepFree, taken.Contains, clock);

    private void Begin(KeptFree kept, string worker, string job, int priority)
    {
        taken.Add(worker);
        kept.Begun(worker, job, priority);
    }

    private static int? Least(KeptFree kept, string worker) => kept.LeastFor(worker, beside: false);
}
