using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using NJsonSchema;
using Workers.Api.Schemas;

namespace Workers.Api.Caching;

/// <summary>Writes a function's input so that two that mean the same are the same bytes.</summary>
internal static class CanonicalInput
{
    /// <summary>
    /// Members in order of their names, numbers in their shortest form. The schema's own properties that are null count as absent, and their numbers
    /// are the same with and without a fraction of zero; deeper down, where no schema may say what a number becomes, 1 and 1.0 are two things.
    /// </summary>
    /// <param name="writer">Gets an object.</param>
    /// <param name="input">Valid, its defaults filled in.</param>
    /// <param name="schema">Of the function.</param>
    public static void Write(Utf8JsonWriter writer, JsonObject input, InputSchema schema)
    {
        writer.WriteStartObject();
        foreach (var (name, value) in input.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            var property = schema.Property(name);
            if (value is null && property is not null)
                continue;
            writer.WritePropertyName(name);
            if (value is JsonValue number && number.GetValueKind() == JsonValueKind.Number)
                WriteNumber(writer, number.ToJsonString(), keepsKind: !IsNumber(property));
            else
                Write(writer, value);
        }

        writer.WriteEndObject();
    }

    private static bool IsNumber(JsonSchema? property) =>
        property is not null && (property.Type & (JsonObjectType.Integer | JsonObjectType.Number)) != 0
            && (property.Type & ~(JsonObjectType.Integer | JsonObjectType.Number | JsonObjectType.Null)) == 0;

    private static void Write(Utf8JsonWriter writer, JsonNode? node)
    {
        switch (node)
        {
            case null:
                writer.WriteNullValue();
                break;
            case JsonObject members:
                writer.WriteStartObject();
                foreach (var (name, value) in members.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(name);
                    Write(writer, value);
                }

                writer.WriteEndObject();
                break;
            case JsonArray items:
                writer.WriteStartArray();
                foreach (var item in items)
                    Write(writer, item);
                writer.WriteEndArray();
                break;
            case var value when value.GetValueKind() == JsonValueKind.Number:
                WriteNumber(writer, value.ToJsonString(), keepsKind: true);
                break;
            default:
                node.WriteTo(writer);
                break;
        }
    }

    private static void WriteNumber(Utf8JsonWriter writer, string text, bool keepsKind)
    {
        var isWhole = !text.AsSpan().ContainsAny('.', 'e', 'E');
        if (isWhole && (keepsKind || text.Length > 15)) // Beyond what a double holds exactly.
            writer.WriteRawValue(text);
        else if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value))
            writer.WriteRawValue(value.ToString("R", CultureInfo.InvariantCulture) + (keepsKind && value == Math.Floor(value) && Math.Abs(value) < 1e15 ? ".0" : ""));
        else
            writer.WriteRawValue(text);
    }
}
