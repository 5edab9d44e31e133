using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Workers.Contracts;

namespace Workers.Api.Schemas;

/// <summary>Finds numbers that neither a 64-bit integer nor a double holds: JSON has them, the validator and the engines do not.</summary>
internal static class NumberSize
{
    /// <summary>An error for each of them.</summary>
    /// <param name="node">Where to look, with all that is below.</param>
    /// <param name="pointer">Its pointer.</param>
    public static IEnumerable<ProblemError> TooLarge(JsonNode? node, string pointer) => node switch
    {
        JsonObject members => members.SelectMany(member => TooLarge(member.Value, JsonPointer.Child(pointer, member.Key))),
        JsonArray elements => elements.SelectMany((element, index) => TooLarge(element, JsonPointer.Child(pointer, index.ToString(CultureInfo.InvariantCulture)))),
        JsonValue value when IsTooLarge(value) => [new(pointer, "Must be a number that 64 bits hold: an integer below 2^63, or a double.")],
        _ => [],
    };

    private static bool IsTooLarge(JsonValue value)
    {
        if (!value.TryGetValue<JsonElement>(out var element) || element.ValueKind != JsonValueKind.Number || element.TryGetInt64(out _))
            return false;
        var isWhole = element.GetRawText().AsSpan().IndexOfAny('.', 'e', 'E') < 0;
        return isWhole || !element.TryGetDouble(out var number) || double.IsInfinity(number);
    }
}
