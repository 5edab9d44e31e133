using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using NJsonSchema;
using Workers.Jobs.Text;

namespace Workers.Api.Schemas;

/// <summary>
/// Turns texts of a query or form into JSON as the schema asks. What does not convert stays a string, so that the validator says what is wrong.
/// </summary>
internal static class TextValues
{
    /// <summary>One field's values as JSON.</summary>
    /// <param name="schema">Of the field; null where the function does not know it.</param>
    /// <param name="texts">As sent, at least one; several make an array.</param>
    public static JsonNode? Convert(JsonSchema? schema, IReadOnlyList<string> texts)
    {
        var types = Types(schema);
        if (texts.Count == 1 && !(types.HasFlag(JsonObjectType.Array) && !texts[0].TrimStart().StartsWith('[')))
            return One(types, texts[0]);
        var items = Types(schema?.ActualSchema.Item);
        return new JsonArray([.. texts.Select(text => One(items, text))]);
    }

    private static JsonNode? One(JsonObjectType types, string text)
    {
        if (types.HasFlag(JsonObjectType.Integer)
            && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer))
            return JsonValue.Create(integer);
        if (types.HasFlag(JsonObjectType.Number)
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number))
        {
            return JsonValue.Create(number);
        }

        if (types.HasFlag(JsonObjectType.Boolean) && text is "true" or "1" or "on" or "yes")
            return JsonValue.Create(true);
        if (types.HasFlag(JsonObjectType.Boolean) && text is "false" or "0" or "off" or "no")
            return JsonValue.Create(false);
        if ((types.HasFlag(JsonObjectType.Object) || types.HasFlag(JsonObjectType.Array) || types == JsonObjectType.None)
            && text.AsSpan().TrimStart() is ['{' or '[', ..] && TryParse(text) is { } parsed)
        {
            return parsed;
        }

        return types.HasFlag(JsonObjectType.Null) && text.Length == 0 ? null : JsonValue.Create(text);
    }

    private static JsonNode? TryParse(string text)
    {
        try
        {
            return StrictJson.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonObjectType Types(JsonSchema? schema)
    {
        if (schema is null)
            return JsonObjectType.None;
        var actual = schema.ActualSchema;
        return actual.AnyOf.Concat(actual.OneOf).Aggregate(actual.Type, (types, choice) => types | choice.ActualSchema.Type);
    }
}
