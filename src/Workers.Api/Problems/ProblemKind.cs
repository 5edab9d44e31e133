namespace Workers.Api.Problems;

/// <summary>A kind of problem: one entry of the closed catalogue <see cref="ProblemKinds"/>.</summary>
/// <param name="Code">The <c>code</c> member, snake_case.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="Title">The kind in a few words.</param>
/// <param name="Retryable">Whether the same request may succeed later.</param>
public sealed record ProblemKind(string Code, int Status, string Title, bool Retryable = false)
{
    /// <summary>The <c>type</c> member (RFC 9457): a name, not an address.</summary>
    public string Type => $"urn:workers:problem:{Code}";
}
