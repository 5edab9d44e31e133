using Workers.Jobs;

namespace Workers.Node.Dispatch;

/// <summary>What Redis is to be told of an attempt's end: a closed set.</summary>
internal abstract record AttemptEnding
{
    private AttemptEnding()
    {
    }

    /// <summary>It delivered; where the job has a cache key, <paramref name="Keeping"/> tells whether the result may answer others.</summary>
    public sealed record Completed(CollectedOutputs Outputs, Keeping? Keeping = null) : AttemptEnding;

    /// <summary>It did not.</summary>
    public sealed record Failed(JobFailure Failure, AttemptEnd End, TimeSpan BackOff) : AttemptEnding;

    /// <summary>Nothing: its lease is lost.</summary>
    public sealed record Dropped : AttemptEnding;
}
