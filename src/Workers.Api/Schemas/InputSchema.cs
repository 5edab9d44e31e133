using System.Text.Json.Nodes;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NJsonSchema;
using Workers.Contracts;

namespace Workers.Api.Schemas;

/// <summary>The compiled JSON Schema of one function's input.</summary>
public sealed class InputSchema
{
    private const int MostErrors = 20;
    private static readonly NJsonSchema.Validation.JsonSchemaValidator Validator = new();
    private readonly JsonSchema schema;
    private readonly IReadOnlyList<KeyValuePair<string, JsonNode>> defaults;

    private readonly HashSet<string> assetProperties;

    private InputSchema(JsonSchema schema)
    {
        this.schema = schema;
        defaults = Defaults(schema);
        assetProperties = [.. schema.ActualSchema.Properties.Where(pair => AssetStrings.MayOccur(pair.Value)).Select(pair => pair.Key)];
    }

    /// <summary>Compiles a schema.</summary>
    /// <exception cref="FormatException">It refers to something outside itself, or is no schema.</exception>
    public static InputSchema Compile(JsonNode schema)
    {
        // A reference to a file or an address would make this server fetch it.
        if (ForeignReference(schema) is { } reference)
            throw new FormatException($"The schema refers to '{reference}'; only references into itself (#/…) are followed.");
        try
        {
            // Completes synchronously: nothing outside is read.
            return new InputSchema(JsonSchema.FromJsonAsync(schema.ToJsonString()).GetAwaiter().GetResult());
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new FormatException($"The schema cannot be used: {exception.Message}", exception);
        }
    }

    /// <summary>The schema of a top-level property, or null.</summary>
    public JsonSchema? Property(string name) => schema.ActualSchema.Properties.TryGetValue(name, out var property) ? property.ActualSchema : null;

    /// <summary>Every wrong place of the input; pointers begin with <paramref name="root"/>. At most 20.</summary>
    public IReadOnlyList<ProblemError> Validate(JsonObject input, string root)
    {
        if (NumberSize.TooLarge(input, root).Take(MostErrors).ToList() is { Count: > 0 } tooLarge)
            return tooLarge;
        var document = Parse(input);
        var found = Validator.Validate(document, schema);
        if (found.Count == 0)
            return [];
        var places = JsonPointer.ByPosition(document);
        return
        [
            .. found.SelectMany(SchemaErrors.Flatten)
                .Select(error => Describe(error, places.GetValueOrDefault((error.LineNumber, error.LinePosition), ""), root))
                .Distinct()
                .Take(MostErrors),
        ];
    }

    /// <summary>Fills in top-level properties that are absent and have a default other than null.</summary>
    public void ApplyDefaults(JsonObject input)
    {
        foreach (var (name, value) in defaults)
        {
            if (!input.ContainsKey(name))
                input[name] = value.DeepClone();
        }
    }

    /// <summary>Every string below the schema's own properties that it says names an asset (<c>"format": "asset"</c>), with its pointer.</summary>
    public IReadOnlyList<AssetString> Assets(JsonObject input, string root)
    {
        List<AssetString> found = [];
        foreach (var name in assetProperties)
            AssetStrings.Collect(input[name], schema.ActualSchema.Properties[name], JsonPointer.Child(root, name), found);
        return found;
    }

    private static List<KeyValuePair<string, JsonNode>> Defaults(JsonSchema schema) =>
    [
        .. schema.ActualSchema.Properties
            .Where(pair => pair.Value.ActualSchema.Default is not null)
            .Select(pair => KeyValuePair.Create(pair.Key, JsonNode.Parse(JsonConvert.SerializeObject(pair.Value.ActualSchema.Default))!)),
    ];

    private ProblemError Describe(NJsonSchema.Validation.ValidationError error, string pointer, string root)
    {
        var parent = JsonPointer.Parts(pointer).SkipLast(1).Aggregate(
            (JsonSchema?)schema,
            (at, name) => at is null ? null
                : at.ActualSchema.Properties.TryGetValue(name, out var property) ? property
                : at.ActualSchema.AdditionalPropertiesSchema ?? at.ActualSchema.Item);
        return SchemaErrors.Describe(error, root + pointer, parent?.ActualSchema.Properties.Keys ?? Enumerable.Empty<string>());
    }

    private static JToken Parse(JsonObject input)
    {
        // Texts that look like dates stay texts: the schema checks them as such.
        using var reader = new JsonTextReader(new StringReader(input.ToJsonString())) { DateParseHandling = DateParseHandling.None, MaxDepth = 64 };
        return JToken.ReadFrom(reader);
    }

    private static string? ForeignReference(JsonNode? node) => node switch
    {
        JsonObject o when o["$ref"] is JsonValue v && v.TryGetValue<string>(out var target) && !target.StartsWith('#') => target,
        JsonObject o => o.Select(pair => ForeignReference(pair.Value)).FirstOrDefault(found => found is not null),
        JsonArray a => a.Select(ForeignReference).FirstOrDefault(found => found is not null),
        _ => null,
    };
}
