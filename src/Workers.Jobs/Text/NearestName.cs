namespace Workers.Jobs.Text;

/// <summary>Finds what a mistyped name was probably meant to be.</summary>
public static class NearestName
{
    private const int Longest = 64;

    /// <summary>The known name with the fewest edits from the given one, however many those are, case ignored; null when nothing is known.</summary>
    public static string? Of(string given, IEnumerable<string> known) =>
        known.MinBy(name => Edits(given.ToLowerInvariant(), name.ToLowerInvariant()));

    /// <summary>" Did you mean 'x'?" where a known name is few edits away, or nothing.</summary>
    public static string Hint(string given, IEnumerable<string> known)
    {
        if (given.Length is 0 or > Longest)
            return "";
        var nearest = Of(given, known.Where(name => name.Length <= Longest).Order(StringComparer.Ordinal));
        // Two swapped letters are two edits.
        var most = given.Length < 4 ? 1 : Math.Max(2, given.Length / 3);
        return nearest is not null && Edits(given.ToLowerInvariant(), nearest.ToLowerInvariant()) <= most ? $" Did you mean '{nearest}'?" : "";
    }

    // Levenshtein's distance, the fewest insertions, deletions and replacements of a character, one row at a time.
    private static int Edits(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j - 1], row[j]) + 1);
            }
        }

        return row[to.Length];
    }
}
