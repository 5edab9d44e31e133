using System.Text.Json.Serialization;

namespace Workers.Contracts;

/// <summary>A file in a watched folder.</summary>
public sealed record FileDocument
{
    /// <summary><c>root:NAME/path</c>: how inputs name it.</summary>
    public required string File { get; init; }

    /// <summary>Bytes, as it settled.</summary>
    public required long Size { get; init; }

    /// <summary>When it was written, as it settled.</summary>
    public required DateTimeOffset ModifiedAt { get; init; }

    /// <summary>What is made of it, by function.</summary>
    public required IReadOnlyDictionary<string, FileCallDocument> Calls { get; init; }

    /// <summary>What it names, as its newest inspection found; in lists by <c>uses</c> or <c>missing</c> only.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<LinkDocument>? Links { get; init; }
}

/// <summary>A call for a watched file.</summary>
/// <param name="State">queued until it is over, then succeeded, failed or canceled; refused where it was not even taken.</param>
/// <param name="Job">Its job; the record may be gone by now.</param>
/// <param name="Asset">What it made, <c>sha256:…</c>; kept as long as the file stays.</param>
/// <param name="Url">Where its bytes are.</param>
/// <param name="Message">Why it failed.</param>
public sealed record FileCallDocument(string State, string? Job, string? Asset, string? Url, string? Message);

/// <summary>A page of files.</summary>
/// <param name="Files">The files.</param>
/// <param name="NextPageToken">For the next page; null on the last.</param>
public sealed record FileListDocument(IReadOnlyList<FileDocument> Files, string? NextPageToken);
