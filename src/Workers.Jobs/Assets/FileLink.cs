using System.Text.Json.Nodes;

namespace Workers.Jobs.Assets;

/// <summary>A file that another one names.</summary>
/// <param name="Name">The last part of its path in lower case: what it is looked up by.</param>
/// <param name="Kind"><c>image</c>, <c>library</c>, or <c>companion</c> where the file did not say.</param>
/// <param name="Path">As the file names it.</param>
/// <param name="Missing">It did not come along and was not found.</param>
public sealed record FileLink(string Name, string Kind, string Path, bool Missing)
{
    /// <summary>Of one file, at most.</summary>
    public const int Most = 1000;

    private const int LongestPath = 1000;

    /// <summary>What an inspection found: members <c>images</c> and <c>libraries</c> with <c>path</c> and <c>missing</c>, and <c>missing</c>, a list of
    /// paths. Whatever else an output is, it names nothing.</summary>
    public static IReadOnlyList<FileLink> Of(JsonNode? output)
    {
        if (output is not JsonObject found)
            return [];
        var told = Listed(found["images"], "image").Concat(Listed(found["libraries"], "library")).DistinctBy(link => link.Path).ToList();
        var paths = told.Select(link => link.Path).ToHashSet();
        var companions = Items(found["missing"]).Select(item => New("companion", item, missing: true)).OfType<FileLink>()
            .Where(link => paths.Add(link.Path));
        return [.. told.Concat(companions).Take(Most)];
    }

    /// <summary>What a path is looked up by.</summary>
    public static string NameOf(string path) => path.Split('/', '\\')[^1].ToLowerInvariant();

    /// <summary>Whether it is the file that somebody means by a name or the end of a path.</summary>
    public bool Is(string wanted)
    {
        var (path, end) = (Path.Replace('\\', '/'), wanted.Replace('\\', '/').TrimStart('/'));
        return path.Equals(end, StringComparison.OrdinalIgnoreCase) || path.EndsWith("/" + end, StringComparison.OrdinalIgnoreCase);
    }

    private static IEnumerable<FileLink> Listed(JsonNode? list, string kind) => Items(list).OfType<JsonObject>()
        .Select(item => New(kind, item["path"], item["missing"] is JsonValue value && value.TryGetValue<bool>(out var missing) && missing))
        .OfType<FileLink>();

    private static IEnumerable<JsonNode?> Items(JsonNode? list) => list is JsonArray items ? items : Enumerable.Empty<JsonNode?>();

    private static FileLink? New(string kind, JsonNode? path, bool missing) =>
        path is JsonValue value && value.TryGetValue<string>(out var text) && text.Length is > 0 and <= LongestPath && NameOf(text).Length > 0
            ? new FileLink(NameOf(text), kind, text, missing)
            : null;
}
