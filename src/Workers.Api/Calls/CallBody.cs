using System.Text.Json.Nodes;
using Workers.Api.Assets;
using Workers.Api.Engines;
using Workers.Api.Jobs;
using Workers.Api.Schemas;
using Workers.Contracts;

namespace Workers.Api.Calls;

/// <summary>What a call was sent, before the function (and so its schema) is chosen.</summary>
internal sealed record CallBody
{
    /// <summary>The property that a function opens its file through.</summary>
    public const string FileProperty = "file";

    /// <summary>The body, where it was JSON.</summary>
    public JsonObject? Json { get; init; }

    /// <summary>Texts of the query and of a form, by name; several of one name in order.</summary>
    public IReadOnlyDictionary<string, List<string>> Fields { get; init; } = new Dictionary<string, List<string>>();

    /// <summary>Uploaded files by name; a raw body is called <c>file</c>.</summary>
    public IReadOnlyDictionary<string, TakenAsset> Files { get; init; } = new Dictionary<string, TakenAsset>();

    /// <summary>What stands for the file: an asset or a path under a root; null without one.</summary>
    public string? File =>
        Files.TryGetValue(FileProperty, out var taken) ? taken.Id
        : Json?[FileProperty] is JsonValue value && value.TryGetValue<string>(out var text) ? text
        : Fields.TryGetValue(FileProperty, out var texts) ? texts[0]
        : null;

    /// <summary>The function's input: JSON as it is, texts converted as the schema asks.</summary>
    /// <exception cref="Problems.ProblemException">422: something is given twice.</exception>
    public JsonObject ToInput(FunctionView function)
    {
        var input = Json?.DeepClone().AsObject() ?? [];
        foreach (var (name, texts) in Fields)
            Place(input, function, name, property => TextValues.Convert(property, texts));
        foreach (var (name, taken) in Files)
            Place(input, function, name, _ => JsonValue.Create(taken.Id));
        return input;
    }

    // A field called images[Fabric] is the member Fabric of the object images.
    private static void Place(JsonObject input, FunctionView function, string name, Func<NJsonSchema.JsonSchema?, JsonNode?> value)
    {
        var bracket = name.IndexOf('[', StringComparison.Ordinal);
        if (bracket <= 0 || !name.EndsWith(']'))
        {
            Add(input, name, value(function.Schema.Property(name)), "/" + name);
            return;
        }

        var (outer, inner) = (name[..bracket], name[(bracket + 1)..^1]);
        if (input[outer] is not JsonObject members)
        {
            if (input.ContainsKey(outer))
                throw Twice("/" + outer);
            input[outer] = members = [];
        }

        var schema = function.Schema.Property(outer);
        var property = schema is null ? null
            : schema.Properties.TryGetValue(inner, out var known) ? known.ActualSchema
            : schema.AdditionalPropertiesSchema?.ActualSchema;
        Add(members, inner, value(property), JsonPointer.Child("/" + outer, inner));
    }

    private static void Add(JsonObject target, string name, JsonNode? value, string pointer)
    {
        if (!target.TryAdd(name, value))
            throw Twice(pointer);
    }

    private static Problems.ProblemException Twice(string pointer) =>
        EnvelopeReader.Wrong([new ProblemError(pointer, "Is given more than once (in the body, the form, or the query).")]);
}
