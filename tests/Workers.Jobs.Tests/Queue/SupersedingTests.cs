using System.Text.Json.Nodes;
using Workers.Jobs.Events;
using Workers.Jobs.Tests.Jobs;

namespace Workers.Jobs.Tests.Queue;

/// <summary>Newest wins: what a superseding key replaces, and what it does not.</summary>
public sealed class SupersedingTests : WithStores
{
    [Fact]
    public async Task The_queued_are_replaced_with_the_reason_in_record_and_event_and_the_newest_runs()
    {
        foreach (var id in new[] { "s1", "s2", "s3" })
            await SubmitAsync(id);
        Assert.Equal("s3", await ClaimAsync());
        Assert.Null(await ClaimAsync());
        foreach (var (id, newer) in new[] { ("s1", "s2"), ("s2", "s3") })
        {
            var job = (await Store.FindAsync(id, default))!;
            Assert.Equal((JobState.Canceled, 0), (job.State, job.Attempt));
            Assert.Equal((FailureKinds.Canceled, CancelReasons.Superseded, false), (job.Failure!.Kind, job.Failure.Reason, job.Failure.Retryable));
            Assert.Contains(newer, job.Failure.Message, StringComparison.Ordinal);
            var events = (await new EventFeed(Fixture.Gate).ReadJobAsync(id, null, default)).Events;
            Assert.Equal(["queued", "canceled"], events.Select(entry => entry.Type));
            Assert.Equal("superseded", (string?)JsonNode.Parse(events[^1].Data)!["failure"]!["reason"]);
        }
    }

    [Fact]
    public async Task A_key_is_its_clients_own_and_other_keys_and_clients_are_left_alone()
    {
        await SubmitAsync("mine", key: "plot");
        await SubmitAsync("other-key", key: "plot2");
        await SubmitAsync("no-key", key: null);
        await SubmitAsync("another", client: "another", key: "plot");
        await SubmitAsync("newer", key: "plot");
        var states = new List<JobState>();
        foreach (var id in new[] { "mine", "other-key", "no-key", "another", "newer" })
            states.Add((await Store.FindAsync(id, default))!.State);
        Assert.Equal([JobState.Canceled, JobState.Queued, JobState.Queued, JobState.Queued, JobState.Queued], states);
    }

    [Fact]
    public async Task Of_fifty_at_once_exactly_the_newest_stays()
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => SubmitAsync("s" + i)));
        var all = (await Store.ListAsync(new JobQuery(), default)).Jobs;
        var newest = all.MaxBy(job => job.Sequence)!;
        Assert.Equal(newest.Id, Assert.Single(all, job => job.State == JobState.Queued).Id);
        Assert.Equal(49, all.Count(job => job.Failure?.Reason == CancelReasons.Superseded));
        Assert.Equal(newest.Id, await ClaimAsync());
    }

    [Fact]
    public async Task While_others_are_claimed_and_completed_the_last_one_always_runs()
    {
        var run = new List<string>();
        for (var i = 0; i < 30; i++)
        {
            await SubmitAsync("s" + i);
            if (i % 3 != 0)
                continue;
            var claimed = (await Attempts.ClaimAsync(Some.Claim, default))!;
            run.Add(claimed.Job.Id);
            await SubmitAsync("between" + i); // One that runs is not replaced.
            Assert.Equal(JobState.Running, (await Store.FindAsync(claimed.Job.Id, default))!.State);
            Assert.Equal(LeaseOutcome.Accepted, await Attempts.CompleteAsync(claimed.Lease, new JobResult(), default));
        }

        Assert.Equal("s29", await ClaimAsync());
        Assert.Null(await ClaimAsync());
        Assert.Equal(10, run.Count);
    }

    [Theory]
    [InlineData(AttemptEnd.Counted)]
    [InlineData(AttemptEnd.Uncounted)]
    public async Task One_that_ran_and_failed_is_not_tried_again_when_a_newer_one_is_there(AttemptEnd end)
    {
        var crash = new JobFailure(FailureKinds.EngineCrashed, "crashed", Retryable: true);
        await SubmitAsync("old");
        var lease = (await Attempts.ClaimAsync(Some.Claim, default))!.Lease;
        await SubmitAsync("new");
        await Attempts.FailAsync(lease, crash, end, TimeSpan.Zero, default);
        var old = (await Store.FindAsync("old", default))!;
        Assert.Equal((JobState.Canceled, CancelReasons.Superseded), (old.State, old.Failure?.Reason));
        Assert.Equal(FailureKinds.EngineCrashed, old.Attempts.Single().Failure?.Kind);

        // The newest is.
        lease = (await Attempts.ClaimAsync(Some.Claim, default))!.Lease;
        Assert.Equal("new", lease.JobId);
        await Attempts.FailAsync(lease, crash, end, TimeSpan.Zero, default);
        await Store.PromoteDueAsync(default);
        Assert.Equal("new", await ClaimAsync());
    }

    [Fact]
    public async Task A_full_queue_takes_one_that_replaces_and_a_refused_one_replaces_nothing()
    {
        await SubmitAsync("s1", limit: 1);
        Assert.Equal(SubmitCode.Created, await SubmitAsync("s2", limit: 1));
        Assert.Equal(JobState.Canceled, (await Store.FindAsync("s1", default))!.State);
        Assert.Equal(SubmitCode.QueueFull, await SubmitAsync("other", key: "k", limit: 1));
        await SubmitAsync("full", key: null);
        Assert.Equal(SubmitCode.QueueFull, await SubmitAsync("s3", limit: 1));
        Assert.Equal(JobState.Queued, (await Store.FindAsync("s2", default))!.State);
        var missing = Some.Submission("s4", s => s with { Supersedes = "plot", Assets = [new string('a', 64)] });
        Assert.Equal(SubmitCode.UnknownAsset, (await Store.SubmitAsync(missing, default)).Code);
        Assert.Equal(JobState.Queued, (await Store.FindAsync("s2", default))!.State);
    }

    [Fact]
    public async Task One_that_waits_in_a_line_is_replaced_and_the_line_goes_on()
    {
        foreach (var (id, key) in new[] { ("first", null), ("s1", "plot"), ("s2", "plot"), ("last", (string?)null) })
            await Store.SubmitAsync(Some.Submission(id, s => s with { Supersedes = key, OrderingKey = "line" }), default);
        var lease = (await Attempts.ClaimAsync(Some.Claim, default))!.Lease;
        Assert.Equal(("first", "2"), (lease.JobId, Fixture.Redis.Command("HGET", "{workers}:counts:e", "waiting")));
        await SubmitAsync("s3");
        Assert.Equal("1", Fixture.Redis.Command("HGET", "{workers}:counts:e", "waiting"));
        Assert.Equal("s3", await ClaimAsync());
        await Attempts.CompleteAsync(lease, new JobResult(), default);
        Assert.Equal("last", await ClaimAsync());
    }

    [Fact]
    public async Task Records_of_the_replaced_are_gone_after_a_minute_at_most()
    {
        await SubmitAsync("s1");
        await SubmitAsync("s2");
        var now = long.Parse(Fixture.Redis.Command("TIME").Split('\n')[0], System.Globalization.CultureInfo.InvariantCulture) * 1000;
        var expires = double.Parse(Fixture.Redis.Command("ZSCORE", "{workers}:expiry", "s1"), System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(expires - now, 0, 61_000);
        Fixture.Redis.Command("ZADD", "{workers}:expiry", "1", "s1");
        Assert.Equal(1, await Store.SweepAsync(default));
        Assert.Null(await Store.FindAsync("s1", default));
    }

    private async Task<SubmitCode> SubmitAsync(string id, string client = "c", string? key = "plot", int limit = 1000) =>
        (await Store.SubmitAsync(Some.Submission(id, s => s with { Supersedes = key }, client) with { QueueLimit = limit }, default)).Code;

    private async Task<string?> ClaimAsync() => (await Attempts.ClaimAsync(Some.Claim, default))?.Job.Id;
}
