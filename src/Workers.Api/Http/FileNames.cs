using Microsoft.Net.Http.Headers;

namespace Workers.Api.Http;

/// <summary>File names that clients tell: only ever labels, never paths.</summary>
internal static class FileNames
{
    private const int Longest = 200;

    /// <summary>The last part of the name without control and reserved characters, or null when nothing is left.</summary>
    public static string? Sanitize(string? name)
    {
        if (name is null)
            return null;
        var last = name.Split('/', '\\')[^1];
        var clean = new string([.. last.Where(c => !char.IsControl(c) && !"<>:\"|?*".Contains(c, StringComparison.Ordinal))]).Trim(' ', '.');
        // The end is kept, because the extension is there.
        return clean.Length switch
        {
            0 => null,
            > Longest => clean[^Longest..],
            _ => clean,
        };
    }

    /// <summary>The extension in lower case without dot, or null.</summary>
    public static string? Extension(string? name) =>
        Path.GetExtension(name) is { Length: > 1 } extension ? extension[1..].ToLowerInvariant() : null;

    /// <summary>The name a part or body was sent under (<c>Content-Disposition</c>, RFC 6266), sanitised.</summary>
    public static string? OfDisposition(string? disposition)
    {
        if (!ContentDispositionHeaderValue.TryParse(disposition, out var parsed))
            return null;
        var name = parsed.FileNameStar.HasValue ? parsed.FileNameStar : parsed.FileName;
        return Sanitize(HeaderUtilities.RemoveQuotes(name).Value);
    }
}
