using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Workers.Jobs;

namespace Workers.Api.Templates;

/// <summary>What kind of value a parameter takes.</summary>
internal enum ParameterType
{
    /// <summary>A text.</summary>
    String,

    /// <summary>A finite number.</summary>
    Number,

    /// <summary>A whole number within ±2^53.</summary>
    Integer,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>A colour: six hex digits, in JSON behind a <c>#</c>.</summary>
    Color,

    /// <summary>A stored asset: <c>sha256:…</c>.</summary>
    Asset,
}

/// <summary>A parameter's value.</summary>
/// <param name="Text">The one way to write it in a URL (before escaping).</param>
/// <param name="Json">What goes into the input; copied, never placed itself.</param>
internal sealed record ParameterValue(string Text, JsonValue Json)
{
    private const long LargestInteger = 1L << 53;

    /// <summary>The value that a JSON value means, or null where it is none of that type.</summary>
    public static ParameterValue? Of(ParameterType type, JsonNode? node) => node is not JsonValue value ? null : type switch
    {
        ParameterType.Boolean when value.TryGetValue<bool>(out var flag) => OfBoolean(flag),
        ParameterType.Integer or ParameterType.Number when value.GetValueKind() == JsonValueKind.Number => OfNumber(type, AsDouble(value)),
        ParameterType.String or ParameterType.Color or ParameterType.Asset when value.TryGetValue<string>(out var text) => OfText(type, text),
        _ => null,
    };

    /// <summary>The value that a text of a query or URL means, or null where it is none of that type.</summary>
    public static ParameterValue? Parse(ParameterType type, string text) => type switch
    {
        ParameterType.Boolean => text switch { "true" => OfBoolean(true), "false" => OfBoolean(false), _ => null },
        ParameterType.Integer or ParameterType.Number =>
            double.TryParse(text, NumberStyles.Float & ~NumberStyles.AllowLeadingWhite & ~NumberStyles.AllowTrailingWhite,
                CultureInfo.InvariantCulture, out var number)
                ? OfNumber(type, number)
                : null,
        _ => OfText(type, text),
    };

    /// <summary>The value as a number; only of numbers.</summary>
    public double AsNumber() => AsDouble(Json);

    private static ParameterValue OfBoolean(bool flag) => new(flag ? "true" : "false", JsonValue.Create(flag));

    private static ParameterValue? OfNumber(ParameterType type, double number)
    {
        if (!double.IsFinite(number))
            return null;
        if (number == Math.Truncate(number) && Math.Abs(number) <= LargestInteger)
        {
            var whole = (long)number; // Also takes the sign from -0.
            return new ParameterValue(whole.ToString(CultureInfo.InvariantCulture), JsonValue.Create(whole));
        }

        return type == ParameterType.Integer ? null : new ParameterValue(number.ToString("R", CultureInfo.InvariantCulture), JsonValue.Create(number));
    }

    private static ParameterValue? OfText(ParameterType type, string text)
    {
        switch (type)
        {
            case ParameterType.Color:
                var digits = text.StartsWith('#') ? text[1..] : text;
                if (digits.Length != 6 || !digits.All(char.IsAsciiHexDigit))
                    return null;
                digits = digits.ToLowerInvariant();
                return new ParameterValue(digits, JsonValue.Create("#" + digits));
            case ParameterType.Asset when !AssetId.TryParse(text, out _):
                return null;
            default:
                return text.Any(char.IsControl) || text.Any(char.IsSurrogate) && !IsWellFormed(text) ? null : new ParameterValue(text, JsonValue.Create(text));
        }
    }

    // A lone surrogate cannot be written in UTF-8, and so in no URL.
    private static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return false;
            i++;
        }

        return true;
    }

    // A JSON value may hold its number as text of any length, or as one of .NET's types.
    private static double AsDouble(JsonValue value) =>
        double.TryParse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : double.NaN;
}
