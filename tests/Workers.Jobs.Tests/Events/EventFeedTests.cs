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
        await using var hints = new Hints(jobs.Gate);
        await hints.StartAsync(default);
        var queued = new TaskCompletionSource<string>();
        hints.Queued += engine => queued.TrySetResult(engine);
        using var watch = hints.Watch("j");
        using var ended = hints.Watch("j");
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
        await using var hints = new Hints(jobs.Gate);
        await hints.StartAsync(default);
        var raised = 0;
        hints.Queued += _ => Interlocked.Increment(ref raised);
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
    [InlineData(true, 10, true)]
    [InlineData(true, 20_000, false)]
    [InlineData(false, 10, false)]
    public async Task The_hint_of_the_end_brings_the_job_to_whoever_holds_a_request(bool held, int inputLength, bool brought)
    {
        await using var hints = new Hints(jobs.Gate);
        await hints.StartAsync(default);
        using var watch = hints.Watch("j");
        var submission = Some.Submission("j") with { Held = held };
        submission.Specification.Input["text"] = new string('é', inputLength);
        await store.SubmitAsync(submission, default);
        var lease = (await attempts.ClaimAsync(Some.Claim, default))!.Lease;
        await attempts.CompleteAsync(lease, new JobResult { Output = JsonValue.Create("/\\\"ü\n") }, default);
        Assert.True((await watch.WaitAsync(Eventually.Limit, default, HintKinds.Ended)).HasFlag(HintKinds.Ended));
        var known = (await store.FindAsync("j", default))!;
        var hinted = watch.Ended();
        Assert.Equal(brought, hinted is not null);
        if (hinted is not null)
            Assert.Equal(JsonSerializer.Serialize(known), JsonSerializer.Serialize(hinted));
    }

    [Fact]
    public async Task A_watch_without_hints_looks_again_by_itself_and_can_be_cancelled()
    {
        await using var hints = new Hints(jobs.Gate);
        await hints.StartAsync(default);
        using var watch = hints.Watch("j");
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
