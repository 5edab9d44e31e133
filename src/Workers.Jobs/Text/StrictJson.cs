using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Workers.Api.Http;

/// <summary>Parses JSON from outside: no duplicate names, no comments, bounded depth, and every text is one (no half of a surrogate pair).</summary>
internal static class StrictJson
{
    private const int MaxDepth = 32;
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false, MaxDepth = MaxDepth };

    /// <summary>Parses a text; null is the JSON null.</summary>
    /// <exception cref="JsonException">It is no JSON, or not as strict as said above.</exception>
    public static JsonNode? Parse(string text) => Parse(Encoding.UTF8.GetBytes(text));

    /// <summary>The same of UTF-8.</summary>
    /// <exception cref="JsonException">As above.</exception>
    public static JsonNode? Parse(ReadOnlySpan<byte> utf8)
    {
        CheckEscapes(utf8);
        return JsonNode.Parse(utf8, documentOptions: Options);
    }

    // A node decodes its texts when somebody looks at them, which is too late to refuse them. Only an escape can be half of a pair.
    private static void CheckEscapes(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IndexOf("\\u"u8) < 0)
            return;
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MaxDepth });
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName) || !reader.ValueIsEscaped)
                continue;
            try
            {
                reader.GetString();
            }
            catch (InvalidOperationException broken)
            {
                throw new JsonException($"The text that ends at byte {reader.BytesConsumed} has half of a surrogate pair.", broken);
            }
        }
    }
}
