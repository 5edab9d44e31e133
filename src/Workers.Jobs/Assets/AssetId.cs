using System.Buffers;

namespace Workers.Jobs;

/// <summary>The written form of an asset's identity: <c>sha256:</c> and 64 lower-case hex digits.</summary>
public static class AssetId
{
    /// <summary>What every stored asset's id begins with.</summary>
    public const string Prefix = "sha256:";

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>The id of these hex digits.</summary>
    public static string Of(string hex) => Prefix + hex;

    /// <summary>True for 64 lower-case hex digits.</summary>
    public static bool IsHex(ReadOnlySpan<char> hex) => hex.Length == 64 && hex.IndexOfAnyExcept(HexDigits) < 0;

    /// <summary>True for a well-formed id; gives its digits.</summary>
    public static bool TryParse(string? id, out string hex)
    {
        hex = id is not null && id.StartsWith(Prefix, StringComparison.Ordinal) ? id[Prefix.Length..] : "";
        return IsHex(hex);
    }

    /// <summary>The digits of a well-formed id.</summary>
    /// <exception cref="ArgumentException">It isn't one.</exception>
    public static string Hex(string id) =>
        TryParse(id, out var hex) ? hex : throw new ArgumentException($"'{id}' is not sha256: and 64 hex digits.", nameof(id));
}
