using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Workers.Api.Jobs;
using Workers.Api.Schemas;
using Workers.Contracts;

namespace Workers.Api.Templates;

/// <summary>Reads one parameter's definition and collects what is wrong with it.</summary>
internal sealed partial class ParameterReader(JsonObject written, string root, List<ProblemError> errors)
{
    private const int MostOptions = 100;
    private const int MostDrives = 16;
    private const int LongestPointer = 300;
    private static readonly TimeSpan PatternLimit = TimeSpan.FromMilliseconds(100);

    private static readonly string[] Names =
        ["type", "description", "enum", "minimum", "maximum", "maxLength", "pattern", "default", "drives", "map"];

    private static readonly Dictionary<string, ParameterType> Types = new()
    {
        ["string"] = ParameterType.String, ["enum"] = ParameterType.String, ["number"] = ParameterType.Number, ["integer"] = ParameterType.Integer,
        ["boolean"] = ParameterType.Boolean, ["color"] = ParameterType.Color, ["asset"] = ParameterType.Asset,
    };

    private readonly FieldReader fields = new(written, Names, root);

    /// <summary>The parameter, or null where something is wrong.</summary>
    public TemplateParameter? Read(string name)
    {
        var before = errors.Count;
        var typeName = fields.Text("type", 20) ?? fields.Missing("type");
        if (!Types.TryGetValue(typeName, out var type) && typeName.Length > 0)
            Wrong("/type", $"Must be one of {string.Join(", ", Types.Keys)}.");
        fields.Text("description", 1000);
        var isNumber = type is ParameterType.Number or ParameterType.Integer;
        var shared = Map(written["map"], "/map", type);
        var drives = Drives(type, shared);
        var parameter = new TemplateParameter
        {
            Name = name,
            Type = type,
            Options = Options(typeName, type, shared ?? drives.Select(drive => drive.Map).FirstOrDefault(map => map is not null)),
            Minimum = Only("minimum", isNumber) ? fields.Number("minimum", -1e15, 1e15) : null,
            Maximum = Only("maximum", isNumber) ? fields.Number("maximum", -1e15, 1e15) : null,
            MaxLength = Only("maxLength", type == ParameterType.String) ? fields.Integer("maxLength", 1, 1000) ?? 200 : 200,
            Pattern = Only("pattern", type == ParameterType.String) ? Pattern() : null,
            Drives = drives,
        };
        if (parameter.Minimum > parameter.Maximum)
            Wrong("/minimum", "Is more than the maximum.");
        CheckMaps(parameter);
        parameter = parameter with { Default = Default(parameter) };
        errors.AddRange(fields.Errors);
        return errors.Count == before ? parameter : null;
    }

    private IReadOnlyList<ParameterValue>? Options(string typeName, ParameterType type, IReadOnlyDictionary<string, JsonNode?>? map)
    {
        if (written["enum"] is not { } node)
        {
            if (type == ParameterType.Boolean)
                return [ParameterValue.Parse(type, "false")!, ParameterValue.Parse(type, "true")!];
            if (map is not null)
                return [.. map.Keys.Select(key => ParameterValue.Parse(type, key)!)];
            if (typeName == "enum")
                Wrong("/enum", "Is required of an enum, or a map whose keys are the options.");
            return null;
        }

        if (node is not JsonArray { Count: > 0 and <= MostOptions } values)
            return Nothing<IReadOnlyList<ParameterValue>>("/enum", $"Must be an array of 1 to {MostOptions} values.");
        List<ParameterValue> options = [];
        for (var i = 0; i < values.Count; i++)
        {
            if (ParameterValue.Of(type, values[i]) is not { } option)
                Wrong($"/enum/{i}", $"Is no value of type {typeName}.");
            else if (option.Text.Length is 0 or > 200 || options.Exists(known => known.Text == option.Text))
                Wrong($"/enum/{i}", "Must have 1 to 200 characters and be there once.");
            else
                options.Add(option);
        }

        return options;
    }

    private List<Drive> Drives(ParameterType type, IReadOnlyDictionary<string, JsonNode?>? shared)
    {
        var targets = written["drives"] switch
        {
            null => null,
            JsonArray { Count: > 0 and <= MostDrives } several => several.ToList(),
            JsonArray => null,
            var one => [one],
        };
        List<Drive> drives = [];
        if (targets is null)
            Wrong("/drives", $"Must be a pointer into the input such as /materials/Paint/baseColor, or an array of 1 to {MostDrives}.");
        for (var i = 0; i < targets?.Count; i++)
        {
            var at = written["drives"] is JsonArray ? $"/drives/{i}" : "/drives";
            var own = targets[i] as JsonObject;
            if (own?.FirstOrDefault(member => member.Key is not ("pointer" or "map")).Key is { } unknown)
                Wrong(JsonPointer.Child(at, unknown), "There is only pointer and map here.");
            if (Pointer(own is null ? targets[i] : own["pointer"]) is { } pointer)
                drives.Add(new Drive(pointer, own?["map"] is { } map ? Map(map, at + "/map", type) : shared));
            else
                Wrong(own is null ? at : at + "/pointer", "Must be a JSON Pointer (RFC 6901) into the input, e.g. /materials/Paint/baseColor or /hide/-.");
        }

        return drives;
    }

    private static string? Pointer(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) && text.Length <= LongestPointer && PointerPattern().IsMatch(text)
            ? text
            : null;

    private Dictionary<string, JsonNode?>? Map(JsonNode? node, string at, ParameterType type)
    {
        if (node is null)
            return null;
        if (node is not JsonObject { Count: > 0 and <= MostOptions } entries)
            return Nothing<Dictionary<string, JsonNode?>>(at, $"Must be an object of 1 to {MostOptions} options and what each means.");
        Dictionary<string, JsonNode?> map = [];
        foreach (var (key, value) in entries)
        {
            if (ParameterValue.Parse(type, key) is not { Text.Length: > 0 and <= 200 } option || !map.TryAdd(option.Text, value?.DeepClone()))
                Wrong(JsonPointer.Child(at, key), "Is no option of this type, or there twice.");
        }

        return map;
    }

    // Every option means something everywhere, and nothing means something that is no option.
    private void CheckMaps(TemplateParameter parameter)
    {
        foreach (var map in parameter.Drives.Select(drive => drive.Map).OfType<IReadOnlyDictionary<string, JsonNode?>>().Distinct())
        {
            var options = (parameter.Options ?? []).Select(option => option.Text).ToHashSet();
            if (options.FirstOrDefault(option => !map.ContainsKey(option)) is { } missing)
                Wrong("/map", $"Does not say what '{missing}' means (null: leave the input alone).");
            if (map.Keys.FirstOrDefault(key => !options.Contains(key)) is { } extra)
                Wrong("/map", $"'{extra}' is no option.");
        }
    }

    private ParameterValue? Default(TemplateParameter parameter)
    {
        if (written["default"] is not { } node)
            return null;
        var value = ParameterValue.Of(parameter.Type, node);
        if (parameter.Fault(value) is not { } fault)
            return value;
        Wrong("/default", fault);
        return null;
    }

    private Regex? Pattern()
    {
        if (fields.Text("pattern", 200) is not { } text)
            return null;
        try
        {
            // Without backtracking a match takes time in proportion to the text, whatever the pattern.
            return new Regex($@"^(?:{text})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, PatternLimit);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            return Nothing<Regex>("/pattern", $"Is no regular expression that can be used here: {exception.Message}");
        }
    }

    private bool Only(string field, bool fits)
    {
        if (!fits && written[field] is not null)
            Wrong("/" + field, "Does not suit this type.");
        return fits;
    }

    private T? Nothing<T>(string at, string detail)
        where T : class
    {
        Wrong(at, detail);
        return null;
    }

    private void Wrong(string at, string detail) => errors.Add(new ProblemError(root + at, detail));

    [GeneratedRegex(@"^(/([^~/\p{Cc}]|~[01])+){1,16}\z")]
    private static partial Regex PointerPattern();
}
