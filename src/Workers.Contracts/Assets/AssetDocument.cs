using System.Text.Json.Serialization;

namespace Workers.Contracts;

/// <summary>Stored bytes: <c>sha256:…</c>, the file name they came with, media type, bytes.</summary>
public sealed record AssetDocument(string Asset, string? Name, string MediaType, long Size)
{
    /// <summary>What it names, as its newest inspection found; in lists by <c>uses</c> or <c>missing</c> only.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<LinkDocument>? Links { get; init; }
}

/// <summary>A file that another one names: image, library or companion; its path there; whether it was not to be found.</summary>
public sealed record LinkDocument(string Kind, string Path, bool Missing);

/// <summary>A page of assets; ask again with <paramref name="NextPageToken"/> until it is null.</summary>
public sealed record AssetListDocument(IReadOnlyList<AssetDocument> Assets, string? NextPageToken);

/// <summary>A set of asset names (<c>sha256:…</c>), asked about or missing; at most 1,000.</summary>
public sealed record AssetSet(IReadOnlyList<string> Assets);
