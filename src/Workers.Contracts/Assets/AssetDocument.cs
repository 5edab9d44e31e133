using System.Text.Json.Serialization;

namespace Workers.Contracts;

/// <summary>Stored bytes.</summary>
/// <param name="Asset"><c>sha256:…</c></param>
/// <param name="Name">The file name they came with.</param>
/// <param name="MediaType">Their media type.</param>
/// <param name="Size">Bytes.</param>
public sealed record AssetDocument(string Asset, string? Name, string MediaType, long Size)
{
    /// <summary>What it names, as its newest inspection found; in lists by <c>uses</c> or <c>missing</c> only.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<LinkDocument>? Links { get; init; }
}

/// <summary>A file that another one names.</summary>
/// <param name="Kind"><c>image</c>, <c>library</c>, or <c>companion</c> where the file did not say.</param>
/// <param name="Path">Its path there.</param>
/// <param name="Missing">It was not to be found.</param>
public sealed record LinkDocument(string Kind, string Path, bool Missing);

/// <summary>A page of assets.</summary>
/// <param name="Assets">The assets.</param>
/// <param name="NextPageToken">For the next page; null on the last.</param>
public sealed record AssetListDocument(IReadOnlyList<AssetDocument> Assets, string? NextPageToken);

/// <summary>A set of assets.</summary>
/// <param name="Assets">Asked about or missing: <c>sha256:…</c>, at most 1,000.</param>
public sealed record AssetSet(IReadOnlyList<string> Assets);
