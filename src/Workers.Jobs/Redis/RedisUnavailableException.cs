namespace Workers.Jobs.Redis;

/// <summary>Redis did not answer, or answered that it cannot (READONLY, LOADING, MISCONF, OOM). HTTP: 503 with Retry-After.</summary>
public sealed class RedisUnavailableException : Exception
{
    /// <summary>Creates it.</summary>
    /// <param name="reason">What is wrong, for a person.</param>
    /// <param name="unknownOutcome">True when the call may have been carried out all the same.</param>
    /// <param name="inner">The cause.</param>
    public RedisUnavailableException(string reason, bool unknownOutcome, Exception? inner = null)
        : base(reason, inner) => UnknownOutcome = unknownOutcome;

    /// <summary>True when the call may have been carried out all the same: repeating it with the same ids is harmless.</summary>
    public bool UnknownOutcome { get; }

    /// <summary>When to try again.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(2);
}
