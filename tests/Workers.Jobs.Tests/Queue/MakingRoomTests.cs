using Workers.Jobs.Tests.Jobs;
using Workers.Testing;

namespace Workers.Jobs.Tests.Queue;

/// <summary>Of many nodes one is told to make room for a queued job, where it may run it, and only for one in a hurry.</summary>
public sealed class MakingRoomTests : WithStores
{
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    [Fact]
    public async Task Each_job_in_a_hurry_makes_one_node_make_room()
    {
        await SubmitAsync("preview", 49);
        Assert.False(await IsToldAsync("a"));
        await SubmitAsync("shop1", 50);
        await SubmitAsync("shop2", 90);
        Assert.True(await IsToldAsync("a"));
        Assert.True(await IsToldAsync("b"));
        Assert.False(await IsToldAsync("c"));
        await SubmitAsync("shop3", 50);
        Assert.True(await IsToldAsync("a"));
        Assert.False(await IsToldAsync("b"));
    }

    [Fact]
    public async Task It_is_told_again_when_that_time_is_over()
    {
        await SubmitAsync("shop", 50);
        Assert.True(await IsToldAsync("a", TimeSpan.FromMilliseconds(1)));
        await Eventually.HoldsAsync(() => IsToldAsync("b"), "the other is told");
        Assert.False(await IsToldAsync("a"));
    }

    [Fact]
    public async Task A_node_without_the_labels_is_not_told_and_neither_is_anyone_of_a_job_that_runs()
    {
        await SubmitAsync("gpu", 50, Gpu);
        Assert.False(await IsToldAsync("a"));
        Assert.True(await IsToldAsync("b", labels: Gpu));
        await SubmitAsync("plain", 50);
        Assert.Equal("plain", (await Attempts.ClaimAsync(Some.Claim, default))!.Job.Id);
        Assert.False(await IsToldAsync("a"));
    }

    [Theory]
    [InlineData(49, true)]
    [InlineData(50, false)]
    public async Task A_running_job_that_was_joined_by_somebody_in_a_hurry_goes_on(int priority, bool ends)
    {
        await SubmitAsync("preview", 10, key: "k");
        Assert.NotNull(await Attempts.ClaimAsync(Some.Claim, default));
        Assert.Equal(SubmitCode.Joined, (await SubmitAsync("joiner", priority, key: "k")).Code);
        await SubmitAsync("shop", 50);
        Assert.Equal(ends, await IsToldAsync("a", running: "preview"));
    }

    [Fact]
    public async Task Beyond_eight_that_are_waited_for_it_looks_no_further()
    {
        for (var number = 0; number < 9; number++)
            await SubmitAsync($"shop{number}", 50);
        for (var number = 0; number < 8; number++)
            Assert.True(await IsToldAsync($"n{number}"));
        Assert.False(await IsToldAsync("n8"));
    }

    private static Dictionary<string, string> Gpu { get; } = new() { ["gpu"] = "yes" };

    private Task<SubmitOutcome> SubmitAsync(string id, int priority, Dictionary<string, string>? requires = null, string? key = null)
    {
        var submission = Some.Submission(id, job => job with { Priority = priority, Requires = requires ?? job.Requires });
        return Store.SubmitAsync(submission with { Cache = key is null ? null : new CacheUse(key, key, "build", Looks: true) }, default);
    }

    private Task<bool> IsToldAsync(
        string node, TimeSpan? answeredFor = null, Dictionary<string, string>? labels = null, string running = "none") => Attempts.ShouldMakeRoomAsync(
        new RoomRequest(Some.Claim.Engine, node, labels ?? [], running, Priorities.Normal), answeredFor ?? Long, default);
}
