using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Workers.Jobs.Events;
using Workers.Jobs.Tests.Jobs;
using Workers.Testing;

namespace Workers.Jobs.Tests.Events;

/// <summary>Events are durable, ordered, and stand with the state; hints wake whoever waits.</summary>
public sealed class EventFeedTests : IAsyncLifetime
{
    private JobsFixture jobs = null!;
    private JobStore store = null!;
    private AttemptStore attempts = null!;
    private EventFeed feed = null!;

    public async Task InitializeAsync()
    {
        jobs = await JobsFixture.StartAsync();
        (store, attempts, feed) = (new JobStore(jobs.Gate), new AttemptStore(jobs.Gate), new EventFeed(jobs.Gate));
    }

    public Task DisposeAsync() => jobs.DisposeAsync().AsTask();

    [Fact]
    public async Task A_jobs_story_reads_in_order_from_any_place()
    {
        await RunAsync("j");
        var all = await feed.ReadJobAsync("j", null, default);
        Assert.Equal(["queued", "started", "artifact", "succeeded"], all.Events.Select(item => item.Type));
        Assert.All(all.Events, item => Assert.Equal("j", JsonDocument.Parse(item.Data).RootElement.GetProperty("jobId").GetString()));
        Assert.True(all.Events[^1].IsTerminal);
        for (var i = 0; i < all.Events.Count; i++)
            Assert.Equal(all.Events.Skip(i + 1), (await feed.ReadJobAsync("j", all.Events[i].Id, default)).Events);
        Assert.Empty((await feed.ReadJobAsync("nobody", null, default)).Events);
        await Assert.ThrowsAsync<ArgumentException>(() => feed.ReadJobAsync("j", "x; DEL", default));
    }

    [Fact]
    public async Task The_feed_of_all_jobs_tells_of_each_and_says_when_something_is_gone()
    {
        await RunAsync("j1");
        var place = await feed.NewestAsync(default);
        await RunAsync("j2");
        var page = await feed.ReadAllAsync(place, default);
        Assert.Equal(["queued", "started", "artifact", "succeeded"], page.Events.Select(item => item.Type));
        Assert.All(page.Events, item => Assert.Equal("j2", item.JobId));
        Assert.False(page.Gap);
        jobs.Redis.Command("XTRIM", "{workers}:events", "MAXLEN", "2");
        Assert.True((await feed.ReadAllAsync(place, default)).Gap);
        Assert.False((await feed.ReadAllAsync(page.Events[2].Id, default)).Gap);
    }

    [Fact]
    public async Task Hints_wake_the_watcher_of_that_job_and_only_for_what_interests_it()
    {
        using var hints = new Hints(jobs.Gate);
        await hints.StartAsync(default);
        var queued = new TaskCompletionSource<string>();
        hints.Queued += (engine, _) => queued.TrySetResult(engine);
        using var watch = await hints.WatchAsync("j");
        using var ended = await hints.WatchAsync("j");
        var waiting = ended.WaitAsync(Eventually.Limit, default, HintKinds.Ended);
        await RunAsync("other");
        await RunAsync("j");
        Assert.Equal("e", await queued.Task.WithinLimitAsync());
        Assert.True((await watch.WaitAsync(Eventually.Limit, default)).HasFlag(HintKinds.Event));
        Assert.True((await waiting.WithinLimitAsync()).HasFlag(HintKinds.Ended));
    }

    [Fact]
    public async Task The_hint_of_a_submit_is_given_once_and_before_redis_answers()
    {
        using var hints = new Hints(jobs.Gate);
        await hints.StartAsync(default);
        var raised = 0;
        hints.Queued += (_, _) => Interlocked.Increment(ref raised);
        var here = new JobStore(jobs.Gate, hints);
        var submitted = here.SubmitAsync(Some.Submission("mine"), default);
        Assert.Equal(1, raised);
        await submitted;
        await store.SubmitAsync(Some.Submission("another's"), default); // By another process, so to speak.
        await Eventually.HoldsAsync(() => Volatile.Read(ref raised) == 2, "the other's hint came");
        await here.SubmitAsync(Some.Submission("last"), default);
        await store.SubmitAsync(Some.Submission("another's last"), default);
        await Eventually.HoldsAsync(() => Volatile.Read(ref raised) == 4, "both last hints came, each once");
    }

    [Theory]
    [InlineData(10, true)]
    [InlineData(20_000, false)]
    public async Task The_end_is_told_to_the_process_where_a_request_waits_with_the_job_where_it_is_small(int inputLength, bool brought)
    {
        using var hints = new Hints(jobs.Gate);
        await hints.StartAsync(default);
        using var watch = hints.WatchOwn("j");
        var submission = Some.Submission("j") with { Held = true };
        submission.Specification.Input["text"] = new string('é', inputLength);
        await new JobStore(jobs.Gate, hints).SubmitAsync(submission, default);
        var lease = (await attempts.ClaimAsync(Some.Claim, default))!.Lease;
        await attempts.CompleteAsync(lease, new JobResult { Output = JsonValue.Create("/\\\"ü\n") }, default);
        Assert.True((await watch.WaitAsync(Eventually.Limit, default, HintKinds.Ended)).HasFlag(HintKinds.Ended));
        var hinted = watch.Ended();
        Assert.Equal(brought, hinted is not null);
        if (hinted is not null)
            Assert.Equal(JsonSerializer.Serialize(await store.FindAsync("j", default)), JsonSerializer.Serialize(hinted));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("b")]
    [InlineData("another build")]
    public async Task The_process_that_ended_a_job_tells_its_own_requests_what_stands_in_redis(string? build)
    {
        using var hints = new Hints(jobs.Gate);
        await hints.StartAsync(default);
        using var other = new Hints(jobs.Gate);
        await other.StartAsync(default);
        using var watch = hints.WatchOwn("j");
        using var elsewhere = other.WatchOwn("j");
        var use = build is null ? null : new CacheUse("k", "f", "b", Looks: true);
        await new JobStore(jobs.Gate, hints).SubmitAsync(Some.Submission("j") with { Held = true, Cache = use }, default);
        var here = new AttemptStore(jobs.Gate, hints);
        var claimed = (await here.ClaimAsync(Some.Claim, default))!;
        if (use is not null)
            await new JobStore(jobs.Gate, other).SubmitAsync(Some.Submission("j2", specification => specification with { Priority = 77 }) with { Held = true, Cache = use }, default);
        var artifact = new JobArtifact("image.png", AssetId.Of(new string('b', 64)), "image/png", 4, 1, 1);
        var keeping = build is null ? null : new Keeping(build, null, new Dictionary<string, string> { ["root:r/wood.png"] = new('c', 64) });
        Assert.Equal(
            LeaseOutcome.Accepted,
            await here.CompleteAsync(claimed, new JobResult { Artifacts = [artifact], Output = JsonValue.Create("ü") }, [], keeping, default));
        Assert.True((await watch.WaitAsync(TimeSpan.Zero, default, HintKinds.Ended)).HasFlag(HintKinds.Ended)); // Told by now.
        var known = JsonSerializer.Serialize(await store.FindAsync("j", default));
        Assert.Equal(known, JsonSerializer.Serialize(watch.Ended()));
        if (use is null)
            return;
        Assert.True((await elsewhere.WaitAsync(Eventually.Limit, default, HintKinds.Ended)).HasFlag(HintKinds.Ended));
        Assert.Equal(known, JsonSerializer.Serialize(elsewhere.Ended()));
    }

    [Fact]
    public async Task What_jobs_tell_is_listened_to_only_while_somebody_needs_it()
    {
        using var hints = new Hints(jobs.Gate);
        await hints.StartAsync(default);
        Assert.Equal(0, Listeners());
        var first = await hints.WatchAsync("j");
        var second = await hints.ListenAsync();
        Assert.Equal(1, Listeners());
        first.Dispose();
        first.Dispose();
        Assert.Equal(1, Listeners());
        second.Dispose();
        await Eventually.HoldsAsync(() => Listeners() == 0, "nobody listens any more");
        using var again = await hints.WatchAsync("j");
        await RunAsync("j");
        Assert.True((await again.WaitAsync(Eventually.Limit, default)).HasFlag(HintKinds.Event));

        int Listeners() => int.Parse(jobs.Redis.Command("PUBSUB", "NUMSUB", "{workers}:hint:job").Split()[^1], CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task A_watch_without_hints_looks_again_by_itself_and_can_be_cancelled()
    {
        using var hints = new Hints(jobs.Gate);
        await hints.StartAsync(default);
        using var watch = hints.WatchOwn("j");
        Assert.Equal(HintKinds.None, await watch.WaitAsync(TimeSpan.FromMilliseconds(1), default));
        using var cancel = new CancellationTokenSource();
        var waiting = watch.WaitAsync(Eventually.Limit, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    private async Task RunAsync(string id)
    {
        await store.SubmitAsync(Some.Submission(id), default);
        var lease = (await attempts.ClaimAsync(Some.Claim, default))!.Lease;
        var artifact = new JobArtifact("image.png", AssetId.Of(new string('b', 64)), "image/png", 4, 1, 1);
        await attempts.CompleteAsync(lease, new JobResult { Artifacts = [artifact] }, default);
    }
}
