namespace Workers.Jobs.Configuration;

/// <summary>Finds what somebody probably meant.</summary>
internal static class NearestName
{
    /// <summary>The known name with the fewest edits from the given one, case ignored; null when nothing is known.</summary>
    internal static string? Of(string given, IEnumerable<string> known) =>
        known.MinBy(name => Distance(given.ToLowerInvariant(), name.ToLowerInvariant()));

    /// <summary>Levenshtein's distance: the fewest insertions, deletions and replacements of a character that turn one text into the other.</summary>
    internal static int Distance(string from, string to)
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
