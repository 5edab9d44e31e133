namespace Workers.Contracts;

/// <summary>Stored bytes: <c>sha256:…</c>, the file name they came with, media type, bytes.</summary>
public sealed record AssetDocument(string Asset, string? Name, string MediaType, long Size);

/// <summary>A page of assets; ask again with <paramref name="NextPageToken"/> until it is null.</summary>
public sealed record AssetListDocument(IReadOnlyList<AssetDocument> Assets, string? NextPageToken);

/// <summary>A set of asset names (<c>sha256:…</c>), asked about or missing; at most 1,000.</summary>
public sealed record AssetSet(IReadOnlyList<string> Assets);
