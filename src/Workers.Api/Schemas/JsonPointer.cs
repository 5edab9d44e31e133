using System.Globalization;
using System.Text.Json.Nodes;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Workers.Api.Schemas;

/// <summary>JSON Pointers (RFC 6901).</summary>
internal static class JsonPointer
{
    /// <summary>The pointer of a member or element below another.</summary>
    public static string Child(string parent, string name) =>
        parent + "/" + name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    /// <summary>The names and indexes a pointer is made of.</summary>
    public static IEnumerable<string> Parts(string pointer) =>
        pointer.Split('/').Skip(1).Select(part => part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal));

    /// <summary>The string that a pointer leads to, or null where there is none.</summary>
    public static string? TextAt(JsonNode? node, string pointer)
    {
        foreach (var part in Parts(pointer))
        {
            node = node switch
            {
                JsonObject members => members[part],
                JsonArray elements when int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < elements.Count =>
                    elements[index],
                _ => null,
            };
        }

        return node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
    }

    /// <summary>
    /// The pointer of every token by its place in the text. The validator of NJsonSchema 10 tells a token by its line and position; its own path
    /// notation cannot be told apart from names with dots and brackets in them.
    /// </summary>
    public static IReadOnlyDictionary<(int Line, int Position), string> ByPosition(JToken document)
    {
        var places = new Dictionary<(int, int), string>();
        Add(document, "", places);
        return places;
    }

    private static void Add(JToken token, string pointer, Dictionary<(int, int), string> places)
    {
        IJsonLineInfo place = token;
        places.TryAdd((place.LineNumber, place.LinePosition), pointer);
        var index = 0;
        foreach (var child in token.Children())
        {
            var below = child switch
            {
                JProperty property => Child(pointer, property.Name),
                _ when token is JArray => Child(pointer, (index++).ToString(CultureInfo.InvariantCulture)),
                _ => pointer,
            };
            Add(child, below, places);
        }
    }
}
