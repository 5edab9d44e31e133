namespace Workers.Api.Schemas;

/// <summary>Finds what a mistyped name was probably meant to be.</summary>
internal static class NearestName
{
    private const int Longest = 64;

    /// <summary>The known name with the fewest edits, if they are few; else null.</summary>
    public static string? Find(string name, IEnumerable<string> known)
    {
        if (name.Length is 0 or > Longest)
            return null;
        var best = known
            .Where(candidate => candidate.Length <= Longest)
            .Select(candidate => (candidate, edits: Edits(name.ToLowerInvariant(), candidate.ToLowerInvariant())))
            .OrderBy(pair => pair.edits).ThenBy(pair => pair.candidate, StringComparer.Ordinal)
            .FirstOrDefault();
        // Two swapped letters are two edits.
        var most = name.Length < 4 ? 1 : Math.Max(2, name.Length / 3);
        return best.candidate is not null && best.edits <= most ? best.candidate : null;
    }

    /// <summary>" Did you mean 'x'?" or nothing.</summary>
    public static string Hint(string name, IEnumerable<string> known) => Find(name, known) is { } nearest ? $" Did you mean '{nearest}'?" : "";

    // Levenshtein's distance, one row at a time.
    private static int Edits(string from, string to)
    {
        Span<int> row = stackalloc int[to.Length + 1];
        for (var j = 0; j <= to.Length; j++)
            row[j] = j;
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var substituted = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[to.Length];
    }
}
