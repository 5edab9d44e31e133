using Workers.Jobs;
using Workers.Node.Dispatch;

namespace Workers.Node.Tests.Dispatch;

public sealed class FailurePolicyTests
{
    [Theory]
    [InlineData(FailureKinds.InvalidInput, false, AttemptEnd.Final)]
    [InlineData(FailureKinds.EngineError, false, AttemptEnd.Final)]
    [InlineData(FailureKinds.EngineError, true, AttemptEnd.Counted)]
    [InlineData(FailureKinds.Deadline, true, AttemptEnd.Final)]
    [InlineData(FailureKinds.OutputRejected, true, AttemptEnd.Final)]
    [InlineData(FailureKinds.Canceled, false, AttemptEnd.Final)]
    [InlineData(FailureKinds.EngineCrashed, true, AttemptEnd.Counted)]
    [InlineData(FailureKinds.Stalled, true, AttemptEnd.Counted)]
    [InlineData(FailureKinds.StoreFailed, true, AttemptEnd.Counted)]
    [InlineData(FailureKinds.NodeLost, true, AttemptEnd.Uncounted)]
    public void Kinds_end_as_the_design_says(string kind, bool retryable, AttemptEnd end)
    {
        var ending = FailurePolicy.Judge(new JobFailure(kind, "why", retryable), earlier: 0, jitter: 0.5);
        Assert.Equal(end, ending.End);
        if (end != AttemptEnd.Counted)
            Assert.Equal(TimeSpan.Zero, ending.BackOff);
    }

    [Fact]
    public void The_pause_doubles_to_a_minute_is_jittered_and_spares_the_first_crash()
    {
        static double Pause(string kind, int earlier, double jitter = 0) =>
            FailurePolicy.Judge(new JobFailure(kind, "why", true), earlier, jitter).BackOff.TotalSeconds;
        Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60], Enumerable.Range(0, 8).Select(earlier => Pause(FailureKinds.Stalled, earlier)));
        Assert.Equal(60, Pause(FailureKinds.Stalled, int.MaxValue));
        Assert.Equal((0, 2), (Pause(FailureKinds.EngineCrashed, 0), Pause(FailureKinds.EngineCrashed, 1)));
        Assert.Equal(0.5, Pause(FailureKinds.Stalled, 0, jitter: 1));
    }
}
