using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Workers.Server.Tests.Contract;

/// <summary>An answer of one status.</summary>
/// <param name="Codes">Of its problems.</param>
/// <param name="MediaTypes">Of its body.</param>
internal sealed record AnnouncedAnswer(IReadOnlySet<string> Codes, IReadOnlySet<string> MediaTypes);

/// <summary>An operation as the OpenAPI document promises it.</summary>
internal sealed partial class Operation
{
    private readonly Regex path;

    private Operation(string path, string method, JsonObject described)
    {
        (Path, Method) = (path, method);
        this.path = new Regex("^" + Placeholder().Replace(Regex.Escape(path).Replace("}", "\\}", StringComparison.Ordinal), ".+") + "$");
        var parameters = (described["parameters"]?.AsArray() ?? []).Select(one => (Name: (string)one!["name"]!, In: (string)one["in"]!)).ToList();
        Queries = [.. parameters.Where(one => one.In == "query").Select(one => one.Name)];
        Headers = [.. parameters.Where(one => one.In == "header").Select(one => one.Name)];
        MediaTypes = [.. (described["requestBody"]?["content"]?.AsObject() ?? []).Select(one => one.Key)];
        Answers = described["responses"]!.AsObject().ToDictionary(
            one => int.Parse(one.Key, System.Globalization.CultureInfo.InvariantCulture), one => new AnnouncedAnswer(
                Code().Matches((string?)one.Value!["description"] ?? "").Select(code => code.Groups[1].Value).ToHashSet(),
                (one.Value["content"]?.AsObject() ?? []).Select(content => content.Key).ToHashSet()));
    }

    /// <summary>With names in braces.</summary>
    public string Path { get; }

    public string Method { get; }

    public IReadOnlyList<string> Queries { get; }

    public IReadOnlyList<string> Headers { get; }

    /// <summary>Of the body; none where there is no body.</summary>
    public IReadOnlyList<string> MediaTypes { get; }

    /// <summary>What it may answer, by status.</summary>
    public IReadOnlyDictionary<int, AnnouncedAnswer> Answers { get; }

    /// <summary>All of a document.</summary>
    public static IReadOnlyList<Operation> AllOf(JsonNode document) =>
    [
        .. document["paths"]!.AsObject().SelectMany(
            path => path.Value!.AsObject().Select(one => new Operation(path.Key, one.Key.ToUpperInvariant(), one.Value!.AsObject()))),
    ];

    /// <summary>Whether a request with that method and path, still escaped, may be for it.</summary>
    public bool Takes(string method, string escapedPath) => Method == method && path.IsMatch(escapedPath);

    public override string ToString() => $"{Method} {Path}";

    // As Regex.Escape leaves it: its opening brace is escaped.
    [GeneratedRegex(@"\\\{\w+\\\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex("`([a-z_]+)`")]
    private static partial Regex Code();
}
