using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Workers.Api.Schemas;
using Workers.Contracts;
using Workers.Jobs.Text;

namespace Workers.Api.Jobs;

/// <summary>Reads the fields of a JSON object and collects what is wrong with them. A field that is null counts as absent.</summary>
internal sealed partial class FieldReader
{
    private readonly JsonObject source;
    private readonly string root;
    private readonly List<ProblemError> errors = [];

    /// <summary>Begins; unknown names are errors.</summary>
    /// <param name="source">What was sent.</param>
    /// <param name="names">The names there are.</param>
    /// <param name="root">Pointer of the object within the request's JSON.</param>
    public FieldReader(JsonObject source, IReadOnlyList<string> names, string root = "")
    {
        (this.source, this.root) = (source, root);
        foreach (var (name, _) in source)
        {
            if (!names.Contains(name))
                Wrong(name, $"There is no field '{name}'.{NearestName.Hint(name, names)}");
        }
    }

    /// <summary>What is wrong so far.</summary>
    public IReadOnlyList<ProblemError> Errors => errors;

    /// <summary>Notes that a required field is missing.</summary>
    public string Missing(string field)
    {
        if (!errors.Exists(error => error.Pointer == $"{root}/{field}"))
            Wrong(field, "Is required.");
        return "";
    }

    /// <summary>The name of an engine or function.</summary>
    public string? Name(string field) =>
        Text(field, 128) is { } text && (NamePattern().IsMatch(text) || Wrong(field, "Must be a name.")) ? text : null;

    /// <summary>A text without control characters, at most that long.</summary>
    public string? Text(string field, int longest)
    {
        if (source[field] is not { } node)
            return null;
        return AsText(node) is { } text && IsPlain(text, longest)
            ? text
            : Null<string>(field, $"Must be a text of 1 to {longest} characters without control characters.");
    }

    /// <summary>An object.</summary>
    public JsonObject? Object(string field) => source[field] switch
    {
        null => null,
        JsonObject found => found.DeepClone().AsObject(),
        _ => Null<JsonObject>(field, "Must be an object."),
    };

    /// <summary>An integer within a range.</summary>
    public int? Integer(string field, int least, int most)
    {
        if (source[field] is not { } node)
            return null;
        if (node.GetValueKind() == JsonValueKind.Number && node.AsValue().TryGetValue<int>(out var value) && value >= least && value <= most)
            return value;
        Wrong(field, $"Must be an integer from {least} to {most}.");
        return null;
    }

    /// <summary>A number within a range.</summary>
    public double? Number(string field, double least, double most)
    {
        if (source[field] is not { } node)
            return null;
        if (node.GetValueKind() == JsonValueKind.Number && node.AsValue().TryGetValue<double>(out var value) && value >= least && value <= most)
            return value;
        Wrong(field, string.Create(CultureInfo.InvariantCulture, $"Must be a number from {least} to {most}."));
        return null;
    }

    /// <summary>A time with its offset (RFC 3339).</summary>
    public DateTimeOffset? Time(string field)
    {
        if (source[field] is not { } node)
            return null;
        if (AsText(node) is { } text && TimePattern().IsMatch(text)
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var time))
        {
            return time;
        }

        Wrong(field, "Must be a time with its offset (RFC 3339), e.g. 2030-01-31T12:00:00Z.");
        return null;
    }

    /// <summary>An array of texts.</summary>
    public IReadOnlyList<string> Texts(string field, int most, int longest)
    {
        if (source[field] is not { } node)
            return [];
        if (node is not JsonArray array || array.Count > most)
            return Null<IReadOnlyList<string>>(field, $"Must be an array of at most {most} texts.") ?? [];
        var texts = array.Select(AsText).ToList();
        for (var i = 0; i < texts.Count; i++)
        {
            if (texts[i] is not { } text || !IsPlain(text, longest))
                Wrong($"{field}/{i}", $"Must be a text of 1 to {longest} characters without control characters.");
        }

        return texts.OfType<string>().Distinct().ToList();
    }

    /// <summary>An object of texts.</summary>
    public IReadOnlyDictionary<string, string> Map(string field, int most, int longest)
    {
        if (source[field] is not { } node)
            return new Dictionary<string, string>();
        if (node is not JsonObject map || map.Count > most)
            return Null<Dictionary<string, string>>(field, $"Must be an object of at most {most} texts.") ?? [];
        var texts = new Dictionary<string, string>();
        foreach (var (key, value) in map)
        {
            if (IsPlain(key, 64) && AsText(value) is { } text && text.Length <= longest)
                texts[key] = text;
            else
                errors.Add(new ProblemError(JsonPointer.Child($"{root}/{field}", key),
                    $"Keys have at most 64 characters, values are texts of at most {longest}."));
        }

        return texts;
    }

    /// <summary>An object of labels: names and values that a queue's name is made of.</summary>
    public IReadOnlyDictionary<string, string> Labels(string field)
    {
        var labels = Map(field, JobLimits.Labels, 64);
        foreach (var (name, value) in labels)
        {
            if (!LabelPattern().IsMatch(name) || !LabelPattern().IsMatch(value))
                errors.Add(new ProblemError(JsonPointer.Child($"{root}/{field}", name), "Labels are made of letters, digits and . _ / -"));
        }

        return labels;
    }

    private static string? AsText(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static bool IsPlain(string text, int longest) => text.Length > 0 && text.Length <= longest && !text.Any(char.IsControl);

    private T? Null<T>(string field, string detail)
        where T : class
    {
        Wrong(field, detail);
        return null;
    }

    private bool Wrong(string field, string detail)
    {
        // Field is one of our own names, or a client's: either way one member, but for "tags/3".
        var pointer = field.StartsWith("tags/", StringComparison.Ordinal) ? $"{root}/{field}" : JsonPointer.Child(root, field);
        errors.Add(new ProblemError(pointer, detail));
        return false;
    }

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9._-]*\z")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)\z")]
    private static partial Regex TimePattern();

    [GeneratedRegex(@"^[A-Za-z0-9._/-]+\z")]
    private static partial Regex LabelPattern();
}
