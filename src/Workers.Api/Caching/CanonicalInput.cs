using System.Text.Json;
using System.Text.Json.Nodes;
using NJsonSchema;
using Workers.Api.Jobs;
using Workers.Api.Schemas;

namespace Workers.Api.Caching;

/// <summary>Writes a function's input so that two that mean the same are the same bytes.</summary>
internal static class CanonicalInput
{
    /// <summary>
    /// Canonical JSON, and more than that where the schema tells: its own properties that are null count as absent, and their numbers are the same with
    /// and without a fraction of zero; deeper down, where no schema may say what a number becomes, 1 and 1.0 are two things.
    /// </summary>
    /// <param name="writer">Gets an object.</param>
    /// <param name="input">Valid, its defaults filled in.</param>
    /// <param name="schema">Of the function.</param>
    public static void Write(Utf8JsonWriter writer, JsonObject input, InputSchema schema)
    {
        writer.WriteStartObject();
        foreach (var (name, value) in CanonicalJson.InOrder(input))
        {
            var property = schema.Property(name);
            if (value is null && property is not null)
                continue;
            writer.WritePropertyName(name);
            CanonicalJson.Write(writer, value, value is JsonValue && IsNumber(property) ? NumberForm.ByValue : NumberForm.Shortest);
        }

        writer.WriteEndObject();
    }

    private static bool IsNumber(JsonSchema? property) =>
        property is not null && (property.Type & (JsonObjectType.Integer | JsonObjectType.Number)) != 0
            && (property.Type & ~(JsonObjectType.Integer | JsonObjectType.Number | JsonObjectType.Null)) == 0;
}
