using System.Text.Json.Serialization;

namespace Workers.Contracts;

/// <summary>An error as <c>application/problem+json</c> (RFC 9457): what failed, why, and what to do.</summary>
public sealed record ProblemDocument
{
    /// <summary>URI of the kind of problem: <c>urn:workers:problem:{code}</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The kind of problem in a few words.</summary>
    public required string Title { get; init; }

    /// <summary>HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>This occurrence, for a person.</summary>
    public required string Detail { get; init; }

    /// <summary>Path of the request.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Instance { get; init; }

    /// <summary>One of a closed set of codes, for programs.</summary>
    public required string Code { get; init; }

    /// <summary>Trace id (W3C) under which the server logged this request.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TraceId { get; init; }

    /// <summary>The job concerned.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? JobId { get; init; }

    /// <summary>Whether the same request may succeed later.</summary>
    public bool Retryable { get; init; }

    /// <summary>Each wrong place of the input.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ProblemError>? Errors { get; init; }
}

/// <summary>One wrong place.</summary>
/// <param name="Pointer">JSON Pointer into the request's JSON (RFC 6901).</param>
/// <param name="Detail">What is wrong there and what would be right.</param>
public sealed record ProblemError(string Pointer, string Detail);
