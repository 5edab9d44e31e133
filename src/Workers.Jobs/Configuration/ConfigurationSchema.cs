using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;

namespace Workers.Jobs.Configuration;

/// <summary>Writes the JSON Schema (2020-12) of the configuration file from <see cref="ServerFile"/>.</summary>
public static class ConfigurationSchema
{
    private static readonly JsonSerializerOptions Pretty = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The schema's text, as committed in <c>openapi/workers.config.schema.json</c>.</summary>
    public static string Write()
    {
        var schema = SettingsModel.Json.GetJsonSchemaAsNode(typeof(ServerFile), new JsonSchemaExporterOptions { TransformSchemaNode = Describe });
        var document = new JsonObject { ["$schema"] = "https://json-schema.org/draft/2020-12/schema", ["title"] = "workers-server configuration" };
        foreach (var (key, value) in schema.AsObject())
            document[key] = value?.DeepClone();
        document["type"] = "object";
        return document.ToJsonString(Pretty) + "\n";
    }

    private static JsonNode Describe(JsonSchemaExporterContext context, JsonNode node)
    {
        if (node is not JsonObject schema)
            return node;
        if (schema["properties"] is not null)
            schema["additionalProperties"] = false;
        var attributes = context.PropertyInfo?.AttributeProvider ?? context.TypeInfo.Type;
        if (Find<DescriptionAttribute>(attributes) is { } description)
            schema.Insert(0, "description", description.Description);
        if (Find<AllowedValuesAttribute>(attributes) is { } allowed)
        {
            schema.Remove("type");
            schema["enum"] = new JsonArray([.. allowed.Values.Append(null).Select(value => value is null ? null : JsonValue.Create((string)value))]);
        }
        if (Find<RegularExpressionAttribute>(attributes) is { } pattern)
            schema["pattern"] = pattern.Pattern;
        if (Find<MinLengthAttribute>(attributes) is { } length)
            schema[schema["items"] is null ? "minLength" : "minItems"] = length.Length;
        if (Find<RangeAttribute>(attributes) is { } range)
        {
            schema["minimum"] = JsonValue.Create(Convert.ToDecimal(range.Minimum, null));
            schema["maximum"] = JsonValue.Create(Convert.ToDecimal(range.Maximum, null));
        }
        if (context.TypeInfo.Properties.Where(property => SettingsModel.Attribute<RequiredAttribute>(property) is not null).ToList()
            is { Count: > 0 } required)
            schema["required"] = new JsonArray([.. required.Select(property => JsonValue.Create(property.Name))]);
        // A setting that is null is one left out; in lists and most maps null is no value.
        RuleOutNull(schema["items"]);
        if (context.PropertyInfo is { } own && !SettingsModel.MayHaveNulls(own))
            RuleOutNull(schema["additionalProperties"]);
        return schema;
    }

    private static void RuleOutNull(JsonNode? schema)
    {
        if (schema?["type"] is JsonArray types)
            schema["type"] = types.Select(type => (string)type!).Single(type => type != "null");
    }

    private static T? Find<T>(ICustomAttributeProvider provider)
        where T : Attribute => provider.GetCustomAttributes(typeof(T), inherit: false).OfType<T>().FirstOrDefault();
}
