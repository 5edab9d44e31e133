using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Workers.Jobs.Text;

/// <summary>Parses JSON from outside: no duplicate names, and every text is one (no half of a surrogate pair).</summary>
public static class StrictJson
{
    /// <summary>Without comments, at most 32 levels deep: of requests.</summary>
    private static readonly JsonDocumentOptions Plain = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    /// <summary>With comments and trailing commas, for people.</summary>
    private static readonly JsonDocumentOptions Lenient = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        AllowDuplicateProperties = false,
    };

    /// <summary>Parses what a program wrote; at most 32 levels deep. Null is the JSON null.</summary>
    /// <exception cref="JsonException">It is no JSON, or not as strict as said above.</exception>
    public static JsonNode? Parse(ReadOnlySpan<byte> utf8) => Parse(utf8, Plain);

    /// <summary>The same of a text.</summary>
    /// <exception cref="JsonException">As above.</exception>
    public static JsonNode? Parse(string text) => Parse(Encoding.UTF8.GetBytes(text), Plain);

    /// <summary>Parses what a person wrote: comments and trailing commas are fine.</summary>
    /// <exception cref="JsonException">As above.</exception>
    public static JsonNode? ParseFile(string text) => Parse(Encoding.UTF8.GetBytes(text), Lenient);

    private static JsonNode? Parse(ReadOnlySpan<byte> utf8, JsonDocumentOptions options)
    {
        CheckEscapes(utf8, options);
        return JsonNode.Parse(utf8, documentOptions: options);
    }

    // A node decodes its texts when somebody looks at them, which is too late to refuse them. Only an escape can be half of a pair.
    private static void CheckEscapes(ReadOnlySpan<byte> utf8, JsonDocumentOptions options)
    {
        if (utf8.IndexOf("\\u"u8) < 0)
            return;
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions
        {
            MaxDepth = options.MaxDepth, CommentHandling = options.CommentHandling, AllowTrailingCommas = options.AllowTrailingCommas,
        });
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
