using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Workers.Api.Jobs;

/// <summary>How numbers are written.</summary>
internal enum NumberForm
{
    /// <summary>As they came.</summary>
    AsWritten,

    /// <summary>In their shortest form; 1 and 1.0 stay two things.</summary>
    Shortest,

    /// <summary>In their shortest form, with and without a fraction of zero the same.</summary>
    ByValue,
}

/// <summary>Writes JSON so that two documents that say the same are the same bytes: members in the order of their names.</summary>
internal static class CanonicalJson
{
    private const int ExactDigits = 15; // Beyond them a double does not hold every whole number.

    /// <summary>Writes a value.</summary>
    public static void Write(Utf8JsonWriter writer, JsonNode? node, NumberForm numbers)
    {
        switch (node)
        {
            case null:
                writer.WriteNullValue();
                break;
            case JsonObject members:
                writer.WriteStartObject();
                foreach (var (name, value) in InOrder(members))
                {
                    writer.WritePropertyName(name);
                    Write(writer, value, numbers);
                }

                writer.WriteEndObject();
                break;
            case JsonArray items:
                writer.WriteStartArray();
                foreach (var item in items)
                    Write(writer, item, numbers);
                writer.WriteEndArray();
                break;
            case var value when numbers != NumberForm.AsWritten && value.GetValueKind() == JsonValueKind.Number:
                WriteNumber(writer, value.ToJsonString(), keepsKind: numbers == NumberForm.Shortest);
                break;
            default:
                node.WriteTo(writer);
                break;
        }
    }

    /// <summary>The members in the order in which they are written.</summary>
    public static IEnumerable<KeyValuePair<string, JsonNode?>> InOrder(JsonObject members) => members.OrderBy(pair => pair.Key, StringComparer.Ordinal);

    private static void WriteNumber(Utf8JsonWriter writer, string text, bool keepsKind)
    {
        var isWhole = !text.AsSpan().ContainsAny('.', 'e', 'E');
        if (isWhole && (keepsKind || text.Length > ExactDigits))
            writer.WriteRawValue(text);
        else if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value))
            writer.WriteRawValue(value.ToString("R", CultureInfo.InvariantCulture) + (keepsKind && value == Math.Floor(value) && Math.Abs(value) < 1e15 ? ".0" : ""));
        else
            writer.WriteRawValue(text);
    }
}
