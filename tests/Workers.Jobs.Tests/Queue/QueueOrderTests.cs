using Workers.Jobs.Queue;
using Workers.Jobs.Tests.Jobs;

namespace Workers.Jobs.Tests.Queue;

/// <summary>Who comes first: priority, then the ring of clients, then the submit sequence; only where the labels fit.</summary>
public sealed class QueueOrderTests : IAsyncLifetime
{
    private JobsFixture jobs = null!;
    private JobStore store = null!;

    public async Task InitializeAsync()
    {
        jobs = await JobsFixture.StartAsync();
        store = new JobStore(jobs.Gate);
    }

    public Task DisposeAsync() => jobs.DisposeAsync().AsTask();

    [Fact]
    public async Task Priority_comes_before_the_ring_and_the_ring_before_the_sequence()
    {
        for (var i = 0; i < 4; i++)
            await SubmitAsync("a" + i, "a", 50);
        await SubmitAsync("b0", "b", 50);
        await SubmitAsync("b1", "b", 50);
        await SubmitAsync("urgent", "a", 90);
        Assert.Equal(["urgent", "a0", "b0", "a1", "b1", "a2", "a3", null], await ClaimAsync(8));
    }

    [Fact]
    public async Task One_job_beside_five_thousand_of_another_client_is_claimed_next()
    {
        foreach (var some in Enumerable.Range(0, 5_000).Chunk(100))
            await Task.WhenAll(some.Select(number => SubmitAsync("a" + number, "a", 50)));
        await ClaimAsync(100);
        await SubmitAsync("b", "b", 50);
        Assert.Contains("b", await ClaimAsync(2));
    }

    [Fact]
    public async Task A_client_of_three_times_the_weight_is_served_three_times_as_often()
    {
        for (var number = 0; number < 40; number++)
        {
            await store.SubmitAsync(Some.Submission("a" + number, client: "a") with { Weight = 3 }, default);
            await store.SubmitAsync(Some.Submission("b" + number, client: "b"), default);
            await store.SubmitAsync(Some.Submission("c" + number, client: "c"), default);
        }

        var claimed = await ClaimAsync(50);
        Assert.Equal((30, 10, 10), (Count('a'), Count('b'), Count('c')));
        Assert.Equal(3, claimed.Take(5).Count(id => id![0] == 'a')); // Evenly, not in blocks.

        int Count(char client) => claimed.Count(id => id![0] == client);
    }

    [Fact]
    public async Task A_worker_that_is_kept_free_takes_nothing_below_and_the_others_go_on_as_before()
    {
        var attempts = new AttemptStore(jobs.Gate);
        await SubmitAsync("slow0", "a", 49);
        await SubmitAsync("slow1", "b", 10);
        Assert.Null(await KeptAsync(50));
        await SubmitAsync("hurried", "a", 50);
        await store.SubmitAsync(Some.Submission("labelled", job => job with { Priority = 49, Requires = new Dictionary<string, string> { ["gpu"] = "1" } }), default);
        Assert.Equal(("hurried", null), (await KeptAsync(50), await KeptAsync(50)));
        Assert.Equal(("slow0", "labelled", null), (await KeptAsync(49, "1"), await KeptAsync(49, "1"), await KeptAsync(49, "1")));
        Assert.Equal(["slow1", null], await ClaimAsync(2));

        async Task<string?> KeptAsync(int least, string gpu = "0")
        {
            var labels = new Dictionary<string, string> { ["gpu"] = gpu };
            return (await attempts.ClaimAsync(Some.Claim with { LeastPriority = least, Labels = labels }, default))?.Job.Id;
        }
    }

    [Fact]
    public async Task A_requeued_job_keeps_its_place()
    {
        foreach (var id in new[] { "j1", "j2", "j3" })
            await SubmitAsync(id, "a", 50);
        var attempts = new AttemptStore(jobs.Gate);
        var first = (await attempts.ClaimAsync(Some.Claim, default))!;
        await attempts.FailAsync(first.Lease, new JobFailure(FailureKinds.NodeLost, "drain"), AttemptEnd.Uncounted, TimeSpan.Zero, default);
        Assert.Equal(["j1", "j2", "j3"], await ClaimAsync(3));
    }

    [Fact]
    public async Task A_claim_tells_how_many_jobs_are_left()
    {
        foreach (var id in new[] { "j1", "j2", "j3" })
            await SubmitAsync(id, "a", 50);
        var attempts = new AttemptStore(jobs.Gate);
        foreach (var left in new[] { 2, 1, 0 })
            Assert.Equal(left, (await attempts.ClaimAsync(Some.Claim, default))!.Queued);
    }

    [Fact]
    public async Task A_node_gets_only_jobs_whose_labels_it_carries()
    {
        await SubmitAsync("gpu", "a", 90, new Dictionary<string, string> { ["gpu"] = "1", ["memory"] = "large" });
        await SubmitAsync("plain", "a", 50);
        Assert.Equal(["plain", null], await ClaimAsync(2, new Dictionary<string, string> { ["gpu"] = "1" }));
        Assert.Equal(["gpu"], await ClaimAsync(1, new Dictionary<string, string> { ["memory"] = "large", ["gpu"] = "1", ["more"] = "x" }));
    }

    [Fact]
    public async Task Concurrent_claims_never_give_one_job_twice()
    {
        for (var i = 0; i < 100; i++)
            await SubmitAsync("j" + i, "c" + (i % 5), 50);
        var claimed = await Task.WhenAll(Enumerable.Range(0, 120).Select(_ => ClaimAsync(1)));
        var ids = claimed.Select(list => list[0]).Where(id => id is not null).ToList();
        Assert.Equal(100, ids.Count);
        Assert.Equal(100, ids.Distinct().Count());
    }

    [Fact]
    public async Task The_summary_and_the_place_in_the_queue_are_counted()
    {
        for (var i = 0; i < 3; i++)
            await SubmitAsync("a" + i, "a", 50);
        await SubmitAsync("b0", "b", 50);
        await SubmitAsync("urgent", "b", 90);
        var queues = new QueueStore(jobs.Gate);
        Assert.Equal(0, await queues.AheadAsync("urgent", default));
        Assert.Equal(4, await queues.AheadAsync("a2", default)); // urgent, a0, a1, b0
        await ClaimAsync(1);
        var summary = (await queues.SummarizeAsync(default))["e"];
        Assert.Equal((4L, 1L, 4L), (summary.Counts[JobState.Queued], summary.Counts[JobState.Running], summary.Depth));
        Assert.Null(await queues.AheadAsync("urgent", default));
    }

    [Fact]
    public async Task Jobs_of_an_ordering_key_run_one_at_a_time_in_order()
    {
        foreach (var id in new[] { "o1", "o2", "o3" })
            await store.SubmitAsync(Some.Submission(id, s => s with { OrderingKey = "k" }), default);
        Assert.Equal(["o1", null], await ClaimAsync(2));
        Assert.Equal(JobState.Waiting, (await store.FindAsync("o2", default))!.State);
    }

    private Task<SubmitOutcome> SubmitAsync(string id, string client, int priority, IReadOnlyDictionary<string, string>? requires = null) =>
        store.SubmitAsync(
            Some.Submission(id, s => s with { Priority = priority, Requires = requires ?? new Dictionary<string, string>() }, client), default);

    private async Task<List<string?>> ClaimAsync(int count, IReadOnlyDictionary<string, string>? labels = null)
    {
        var attempts = new AttemptStore(jobs.Gate);
        var ids = new List<string?>();
        for (var i = 0; i < count; i++)
            ids.Add((await attempts.ClaimAsync(Some.Claim with { Labels = labels ?? new Dictionary<string, string>() }, default))?.Job.Id);
        return ids;
    }
}
