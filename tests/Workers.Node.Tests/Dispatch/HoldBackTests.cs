using Workers.Jobs;
using Workers.Jobs.Engines;
using Workers.Node.Dispatch;

namespace Workers.Node.Tests.Dispatch;

/// <summary>A node on which an engine keeps failing leaves that engine's jobs to others for a growing, bounded time.</summary>
public sealed class HoldBackTests
{
    private readonly SteppedClock clock = new();

    private static readonly AttemptEnding.Completed Completed = new(null!);

    private static AttemptEnding.Failed Failed(string kind) => new(new JobFailure(kind, "x"), AttemptEnd.Counted, TimeSpan.Zero);

    [Fact]
    public void Three_failures_in_a_row_hold_back_and_a_success_in_between_does_not_count_them()
    {
        var hold = new HoldBack(clock);
        foreach (var ending in new AttemptEnding[] { Failed(FailureKinds.EngineCrashed), Failed(FailureKinds.Stalled), Completed, Failed(FailureKinds.StoreFailed) })
            Assert.Null(hold.Ended("j", ending));
        foreach (var kind in new[] { FailureKinds.EngineError, FailureKinds.NodeLost, FailureKinds.Deadline, FailureKinds.Canceled, FailureKinds.OutputRejected })
            Assert.Null(hold.Ended("j", Failed(kind)));
        Assert.Null(hold.Ended("j", null));
        Assert.Equal((1, null), hold.State);
        Assert.Null(hold.Ended("j", Failed(FailureKinds.EngineCrashed)));
        Assert.False(hold.IsOn);
        Assert.Equal(HoldBack.First, hold.Ended("j", Failed(FailureKinds.EngineCrashed)));
        Assert.True(hold.IsOn);
        Assert.Equal((3, clock.GetUtcNow() + HoldBack.First), hold.State);
    }

    [Fact]
    public void When_the_time_is_over_one_attempt_probes_and_each_that_fails_doubles_the_time_up_to_a_limit()
    {
        var hold = new HoldBack(clock);
        for (var number = 0; number < 3; number++)
            hold.Ended("j", Failed(FailureKinds.EngineCrashed));
        Assert.Null(hold.Ended("beside", Failed(FailureKinds.EngineCrashed))); // It ran already: it says nothing new.
        for (var pause = HoldBack.First; pause < HoldBack.Longest * 4; pause *= 2)
        {
            Assert.True(hold.IsOn);
            clock.Advance(hold.State.Until!.Value - clock.GetUtcNow());
            Assert.False(hold.IsOn);
            hold.Begun("probe");
            Assert.True(hold.IsOn); // No second one beside it.
            var expected = pause * 2 < HoldBack.Longest ? pause * 2 : HoldBack.Longest;
            Assert.Equal(expected, hold.Ended("probe", Failed(FailureKinds.Stalled)));
        }

        clock.Advance(hold.State.Until!.Value - clock.GetUtcNow());
        hold.Begun("probe");
        Assert.Null(hold.Ended("probe", Completed));
        Assert.Equal((false, (0, (DateTimeOffset?)null)), (hold.IsOn, hold.State));
        for (var number = 0; number < 2; number++)
            hold.Ended("j", Failed(FailureKinds.EngineCrashed));
        Assert.Equal(HoldBack.First, hold.Ended("j", Failed(FailureKinds.EngineCrashed)));
    }

    [Fact]
    public void A_probe_that_says_nothing_makes_room_for_the_next()
    {
        var hold = new HoldBack(clock);
        for (var number = 0; number < 3; number++)
            hold.Ended("j", Failed(FailureKinds.EngineCrashed));
        clock.Advance(HoldBack.First);
        hold.Begun("probe");
        Assert.Null(hold.Ended("probe", Failed(FailureKinds.Canceled)));
        Assert.False(hold.IsOn);
    }

    [Fact]
    public async Task Where_one_of_two_nodes_is_broken_the_jobs_end_on_the_other_and_few_attempts_are_wasted()
    {
        const int Jobs = 40;
        await using var redis = new TestRedis();
        using var functions = new TempFolder();
        await File.WriteAllTextAsync(functions.Below("work.py"), """
            import os, time
            from workers_kit import function

            @function
            def work() -> str:
                if os.environ["BROKEN"] == "1":
                    os._exit(7)
                time.sleep(0.02)
                return "done"
            """);
        EngineSpecification Engine(string broken) => NodeHarness.Testcard with
        {
            Workers = 2, Functions = [functions.FullPath], Environment = new Dictionary<string, string> { ["BROKEN"] = broken },
        };
        await using var sick = await NodeServer.StartAsync(redis, Engine("1"), "sick");
        await using var sound = await NodeServer.StartAsync(redis, Engine("0"), "sound");
        await Eventually.HoldsAsync(() => redis.Command("ZCARD", "{workers}:serving:testcard") == "2", "both are known to serve");

        var ids = await Task.WhenAll(Enumerable.Range(0, Jobs).Select(_ => sound.SubmitAsync("work", [])));
        var wasted = 0;
        foreach (var id in ids)
        {
            var job = await sound.EndAsync(id);
            Assert.True(job.State == JobState.Succeeded, $"{job.State}: {job.Failure}");
            Assert.Equal("sound", job.Attempts[^1].Node);
            wasted += job.Attempts.Count - 1;
        }

        // Three hold it back; as many as it has workers may have been under way.
        Assert.InRange(wasted, 0, HoldBack.Failures + 2);
        await Eventually.HoldsAsync(async () => (await sound.ReportAsync()).Engines.Single() is { FailuresInARow: 0, HeldBackUntil: null }, "the sound one is not held back");
        if (wasted >= HoldBack.Failures)
        {
            await Eventually.HoldsAsync(
                async () => (await sick.ReportAsync()).Engines.Single() is { FailuresInARow: >= HoldBack.Failures, HeldBackUntil: not null }, "it is reported");
        }

        // Alone, it tries again: there is nobody to leave its jobs to.
        await sound.StopAsync();
        var last = await sick.EndAsync(await sick.SubmitAsync("work", []));
        Assert.Equal((JobState.Failed, FailureKinds.EngineCrashed, 2), (last.State, last.Failure!.Kind, last.Attempt));
        Assert.Equal(["sick", "sick"], last.Attempts.Select(attempt => attempt.Node));
    }
}
