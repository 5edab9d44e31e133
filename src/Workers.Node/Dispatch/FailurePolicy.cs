using Workers.Jobs;
using Workers.Jobs.Timing;

namespace Workers.Node.Dispatch;

/// <summary>Which failures are tried again, and when. (That two crashes in a row end a job, and all limits, are kept by <c>fail.lua</c>.)</summary>
internal static class FailurePolicy
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    /// <summary>What follows from a failure.</summary>
    /// <param name="failure">The attempt's failure.</param>
    /// <param name="earlier">Counted failures of the same job before this one.</param>
    /// <param name="jitter">0…1, random.</param>
    public static AttemptEnding.Failed Judge(JobFailure failure, int earlier, double jitter)
    {
        var end = failure.Kind switch
        {
            FailureKinds.EngineCrashed or FailureKinds.Stalled or FailureKinds.StoreFailed => AttemptEnd.Counted,
            FailureKinds.EngineError when failure.Retryable => AttemptEnd.Counted,
            FailureKinds.NodeLost or FailureKinds.Preempted => AttemptEnd.Uncounted,
            _ => AttemptEnd.Final,
        };
        return new AttemptEnding.Failed(failure, end, end == AttemptEnd.Counted ? BackOff(failure.Kind, earlier, jitter) : TimeSpan.Zero);
    }

    /// <summary>
    /// 1 s, doubled with each failure up to 60 s, and shortened by up to half so that failed jobs do not return in step. Except after a first
    /// crash: that says more about the process than about the job, and another worker is usually free at once.
    /// </summary>
    private static TimeSpan BackOff(string kind, int earlier, double jitter)
    {
        if (kind == FailureKinds.EngineCrashed && earlier == 0)
            return TimeSpan.Zero;
        return Doubling.Of(First, Longest, earlier) * (1 - jitter / 2);
    }
}
