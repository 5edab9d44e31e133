using System.Globalization;
using System.Text.Json.Nodes;
using Workers.Api.Schemas;

namespace Workers.Api.Templates;

/// <summary>A place of the input that a parameter sets.</summary>
internal sealed class Drive
{
    private const string End = "-";
    private readonly string[] parts;
    private readonly string prefix;

    /// <summary>Takes a pointer that is not empty.</summary>
    /// <param name="pointer">RFC 6901; its last part may be <c>-</c>: behind the last element of an array (as in RFC 6902).</param>
    /// <param name="map">What goes in for each option; null: the value itself.</param>
    public Drive(string pointer, IReadOnlyDictionary<string, JsonNode?>? map)
    {
        (Pointer, Map) = (pointer, map);
        parts = [.. JsonPointer.Parts(pointer)];
        prefix = Adds ? pointer[..^(End.Length + 1)] : pointer;
    }

    /// <summary>Where.</summary>
    public string Pointer { get; }

    /// <summary>What goes in for each option (by its text); null: the value itself.</summary>
    public IReadOnlyDictionary<string, JsonNode?>? Map { get; }

    private bool Adds => parts[^1] == End;

    /// <summary>Whether this place of the input is the driven one or below it.</summary>
    public bool Covers(string pointer) => pointer == prefix || pointer.StartsWith(prefix + "/", StringComparison.Ordinal);

    /// <summary>Whether both cannot be set, because one is the other or within it; several may add to one array.</summary>
    public bool CollidesWith(Drive other) => !(Adds && other.Adds && prefix == other.prefix) && (Covers(other.prefix) || other.Covers(prefix));

    /// <summary>Puts what the value means into the input.</summary>
    /// <returns>False where a part of the way is neither an object nor an array that has it.</returns>
    public bool Set(JsonObject input, ParameterValue value)
    {
        var placed = Map is null ? value.Json : Map[value.Text];
        if (placed is null)
            return true;
        JsonNode at = input;
        for (var i = 0; i < parts.Length - 1; i++)
        {
            if (Child(at, parts[i]) is { } child)
                at = child;
            else if (at is JsonObject members)
                members[parts[i]] = at = parts[i + 1] == End ? new JsonArray() : new JsonObject();
            else
                return false;
        }

        return Put(at, parts[^1], placed);
    }

    private static bool Put(JsonNode at, string part, JsonNode placed)
    {
        switch (at)
        {
            case JsonObject members when part != End:
                members[part] = placed.DeepClone();
                return true;
            case JsonArray elements when part == End:
                foreach (var element in placed as JsonArray ?? [placed.DeepClone()])
                    elements.Add(element?.DeepClone());
                return true;
            case JsonArray elements when Index(elements, part) is { } index:
                elements[index] = placed.DeepClone();
                return true;
            default:
                return false;
        }
    }

    private static JsonNode? Child(JsonNode at, string part) => at switch
    {
        JsonObject members => members[part],
        JsonArray elements when Index(elements, part) is { } index => elements[index],
        _ => null,
    };

    private static int? Index(JsonArray elements, string part) =>
        int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < elements.Count ? index : null;
}
