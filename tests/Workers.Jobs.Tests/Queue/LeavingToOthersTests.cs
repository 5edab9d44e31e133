using Workers.Jobs.Nodes;
using Workers.Jobs.Tests.Jobs;

namespace Workers.Jobs.Tests.Queue;

/// <summary>A node leaves to others what keeps failing on it, where there are others that may run it.</summary>
public sealed class LeavingToOthersTests : WithStores
{
    private static readonly JobFailure Crash = new(FailureKinds.EngineCrashed, "signal 11", Retryable: true);

    [Fact]
    public async Task A_node_held_back_takes_what_nobody_else_serves()
    {
        await Store.SubmitAsync(Some.Submission("plain"), default);
        await Store.SubmitAsync(Some.Submission("labelled", specification => specification with { Requires = Gpu }), default);
        Assert.Equal("plain", await ClaimAsync("a", held: true)); // Nobody else is there.
        await Store.SubmitAsync(Some.Submission("another"), default);
        await ReportAsync("b", engine => engine);
        Assert.Equal("labelled", await ClaimAsync("a", held: true)); // b has no such label.
        Assert.Null(await ClaimAsync("a", held: true));
        await ReportAsync("b", engine => engine with { HeldBackUntil = DateTimeOffset.UtcNow });
        Assert.Equal("another", await ClaimAsync("a", held: true)); // b is no better off.
    }

    [Theory]
    [InlineData("draining", true)]
    [InlineData("stopped", true)]
    [InlineData("active", false)]
    public async Task A_node_that_does_not_serve_is_nobody_to_leave_jobs_to(string state, bool available)
    {
        await ReportAsync("b", engine => engine);
        await ReportAsync("b", engine => engine with { Available = available }, state);
        await Store.SubmitAsync(Some.Submission("j"), default);
        Assert.Equal("j", await ClaimAsync("a", held: true));
    }

    [Fact]
    public async Task A_silent_node_is_nobody_to_leave_jobs_to()
    {
        await ReportAsync("b", engine => engine);
        Fixture.Redis.Command("ZADD", "{workers}:serving:e", "1", "b\ngpu=yes", "1", "b\n");
        await Store.SubmitAsync(Some.Submission("j"), default);
        Assert.Equal("j", await ClaimAsync("a", held: true));
    }

    [Fact]
    public async Task A_job_that_failed_here_is_passed_over_where_another_node_may_run_it()
    {
        await ReportAsync("b", engine => engine);
        foreach (var id in new[] { "first", "second" })
            await Store.SubmitAsync(Some.Submission(id, specification => specification with { MaxAttempts = 5 }), default);
        var failed = (await Attempts.ClaimAsync(Some.Claim with { Node = "a" }, default))!;
        await Attempts.FailAsync(failed.Lease, Crash, AttemptEnd.Counted, TimeSpan.Zero, default);
        Assert.Equal(1, await Store.PromoteDueAsync(default));
        Assert.Equal("second", await ClaimAsync("a"));
        Assert.Null(await ClaimAsync("a"));
        Assert.Equal("first", await ClaimAsync("b"));
    }

    [Fact]
    public async Task It_is_not_passed_over_for_long_nor_where_nobody_else_may_run_it()
    {
        await Store.SubmitAsync(Some.Submission("j", specification => specification with { MaxAttempts = 9 }), default);
        for (var time = 0; time < 2; time++)
        {
            var claimed = (await Attempts.ClaimAsync(Some.Claim with { Node = "a" }, default))!;
            await Attempts.FailAsync(claimed.Lease, Crash with { Kind = FailureKinds.Stalled }, AttemptEnd.Counted, TimeSpan.Zero, default);
            await Store.PromoteDueAsync(default);
            if (time == 0)
                continue;
            await ReportAsync("b", engine => engine);
            Assert.Null(await ClaimAsync("a"));
            Fixture.Redis.Command("HINCRBY", "{workers}:job:j", "queuedAt", "-5001");
            Assert.Equal("j", await ClaimAsync("a"));
        }
    }

    private static readonly Dictionary<string, string> Gpu = new() { ["gpu"] = "yes" };

    private async Task<string?> ClaimAsync(string node, bool held = false) =>
        (await Attempts.ClaimAsync(Some.Claim with { Node = node, HeldBack = held, Labels = Gpu }, default))?.Job.Id;

    private Task ReportAsync(string node, Func<EngineReport, EngineReport> change, string state = "active") =>
        new NodeRegistry(Fixture.Gate).ReportAsync(
            new NodeReport
            {
                Id = node, Boot = "b", State = state, Host = "h", Version = "1", Engines = [change(new EngineReport { Name = "e", Available = true })],
            },
            default);
}
