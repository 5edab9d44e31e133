using Workers.Contracts;

namespace Workers.Api.Problems;

/// <summary>One occurrence of a kind of problem, before it is written (<see cref="ProblemWriter"/>).</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Detail">What failed, why, and what to do.</param>
public sealed record Problem(ProblemKind Kind, string Detail)
{
    /// <summary>Wrong places of the input.</summary>
    public IReadOnlyList<ProblemError>? Errors { get; init; }

    /// <summary>The job concerned.</summary>
    public string? JobId { get; init; }

    /// <summary>Where to look for it: the <c>Location</c> header.</summary>
    public string? Location { get; init; }

    /// <summary>When to try again: the <c>Retry-After</c> header (whole seconds, rounded up).</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Overrides the kind's <see cref="ProblemKind.Retryable"/>.</summary>
    public bool? Retryable { get; init; }

    /// <summary>As an exception, for code below the endpoint.</summary>
    public ProblemException AsException(Exception? cause = null) => new(this, cause);
}

/// <summary>Ends a request with a problem.</summary>
public sealed class ProblemException(Problem problem, Exception? cause = null) : Exception(problem.Detail, cause)
{
    /// <summary>What to answer.</summary>
    public Problem Problem { get; } = problem;
}
