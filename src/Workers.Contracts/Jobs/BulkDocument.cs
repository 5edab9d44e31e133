using System.Text.Json.Serialization;

namespace Workers.Contracts;

/// <summary>What a bulk verb did.</summary>
/// <param name="DryRun">Nothing was done, only counted.</param>
/// <param name="Matched">Jobs that the filter named and that were in a fitting state.</param>
/// <param name="Done">Canceled or being stopped; or tried again as new jobs.</param>
/// <param name="Skipped">Moved on by themselves meanwhile, or tried again already.</param>
/// <param name="Problems">The first 20 that were refused.</param>
/// <param name="Complete">False when there were more than 10,000, or more than one minute's work: send the same again.</param>
public sealed record BulkDocument(bool DryRun, int Matched, int Done, int Skipped, IReadOnlyList<BulkProblem> Problems, bool Complete);

/// <summary>Why one job of many was refused.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Code">A problem's code.</param>
/// <param name="Detail">What it means here.</param>
public sealed record BulkProblem(string JobId, string Code, string Detail);

/// <summary>The answer to a batch.</summary>
/// <param name="Results">One for each line, in order.</param>
public sealed record BatchDocument(IReadOnlyList<BatchResult> Results);

/// <summary>What became of one line.</summary>
/// <param name="Line">Counted from 0, empty lines left out.</param>
/// <param name="Status">HTTP status that the line would have got alone: 202 admitted, 200 repeated, 4xx or 5xx refused.</param>
/// <param name="Id">The job.</param>
/// <param name="State">Its state when it was admitted.</param>
/// <param name="Location">Its path.</param>
/// <param name="Problem">Why it was refused.</param>
public sealed record BatchResult(
    int Line,
    int Status,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Id,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? State,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Location,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ProblemDocument? Problem)
{
    /// <summary>Of a call that is done: the path of its result.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Result { get; init; }

    /// <summary>Of a call that is done and made a file: that file, <c>sha256:…</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Asset { get; init; }
}

/// <summary>What may change while a job has not begun (a merge patch, RFC 7396); null is the default again.</summary>
public sealed record JobChange
{
    /// <summary>0–100, higher first.</summary>
    public int? Priority { get; init; }

    /// <summary>At most 16 tags of at most 64 characters; replaces all.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>Seconds one attempt may run, up to 86,400.</summary>
    public double? TimeoutSeconds { get; init; }
}
