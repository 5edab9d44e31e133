using Workers.Jobs;

namespace Workers.Node.Dispatch;

/// <summary>A job cannot be called as it stands (an asset cannot be had, say): it fails with this failure before any worker is bothered.</summary>
internal sealed class InputException(JobFailure failure) : Exception(failure.Message)
{
    /// <summary>Why.</summary>
    public JobFailure Failure { get; } = failure;
}
