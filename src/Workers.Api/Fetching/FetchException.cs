using Workers.Api.Problems;

namespace Workers.Api.Fetching;

/// <summary>A URL was not fetched. Its message names the host at most: a query may hold a secret, and what is behind a redirect is not the client's.</summary>
/// <param name="kind">What is answered.</param>
/// <param name="message">For the client.</param>
/// <param name="cause">What was met.</param>
internal sealed class FetchException(ProblemKind kind, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>What is answered.</summary>
    public ProblemKind Kind { get; } = kind;

    /// <summary>Whether the same URL may be had later; null: as the kind says.</summary>
    public bool? Retryable { get; init; }

    /// <summary>A rule of this server stands against it.</summary>
    public static FetchException Refused(string message) => new(ProblemKinds.UrlRefused, message);

    /// <summary>Its server did not deliver.</summary>
    public static FetchException Failed(string message, Exception? cause = null) => new(ProblemKinds.UrlFailed, message, cause);

    /// <summary>As a problem at its place in the input.</summary>
    public ProblemException At(string pointer) =>
        new Problem(Kind, Message) { Errors = [new(pointer, Message)], Retryable = Retryable }.AsException(this);
}
