using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Workers.Jobs.Text;

namespace Workers.Jobs.Configuration;

/// <summary>Checks written settings against <see cref="ServerFile"/>: keys, types and limits. Every problem is told with its place.</summary>
internal static class SettingsModel
{
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = default, // Web's default also reads numbers from strings; a wrong type is to be an error.
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    /// <summary>Tells everything wrong below a node.</summary>
    /// <param name="node">What was written; null counts as not said.</param>
    /// <param name="type">What it should be.</param>
    /// <param name="place">Where: a file's name and the key's path.</param>
    /// <param name="problems">Gets a line for each.</param>
    internal static void Check(JsonNode? node, Type type, string place, List<string> problems)
    {
        if (node is null)
            return;
        var wanted = Nullable.GetUnderlyingType(type) ?? type;
        if (ElementType(wanted, typeof(Dictionary<,>)) is { } valueType)
        {
            if (node is not JsonObject entries)
                problems.Add($"{place}: must be an object, is {Name(node)}.");
            else
                foreach (var (key, value) in entries)
                    Check(value, valueType, $"{place}.{key}", problems);
        }
        else if (ElementType(wanted, typeof(List<>)) is { } itemType)
        {
            if (node is not JsonArray items)
                problems.Add($"{place}: must be a list, is {Name(node)}.");
            else
                for (var i = 0; i < items.Count; i++)
                    CheckItem(items[i], itemType, $"{place}[{i}]", problems);
        }
        else if (Json.GetTypeInfo(wanted).Kind == JsonTypeInfoKind.Object)
        {
            if (node is not JsonObject record)
                problems.Add($"{place}: must be an object, is {Name(node)}.");
            else
                CheckRecord(record, Json.GetTypeInfo(wanted), place, problems);
        }
        else if (!IsScalar(node, wanted))
        {
            problems.Add($"{place}: must be {Name(wanted)}, is {Name(node)}.");
        }
        else if (node.GetValueKind() == JsonValueKind.String && node.GetValue<string>().Contains('\0', StringComparison.Ordinal))
        {
            problems.Add($"{place}: must not have the character NUL in it.");
        }
    }

    /// <summary>The property of that name, case ignored; null when there is none.</summary>
    internal static JsonPropertyInfo? Find(JsonTypeInfo type, string name) =>
        type.Properties.FirstOrDefault(property => property.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The type of a dictionary's values or a list's items; null when the type is neither.</summary>
    internal static Type? ElementType(Type type, Type definition) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == definition ? type.GetGenericArguments()[^1] : null;

    /// <summary>A text as a value of that type, or null when it isn't one.</summary>
    internal static JsonNode? Parse(string text, Type type)
    {
        var wanted = Nullable.GetUnderlyingType(type) ?? type;
        if (wanted == typeof(string))
            return JsonValue.Create(text);
        if (wanted == typeof(bool))
            return bool.TryParse(text, out var flag) ? JsonValue.Create(flag)
                : text is "1" or "0" ? JsonValue.Create(text == "1") : null;
        if (wanted == typeof(int))
            return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var small) ? JsonValue.Create(small) : null;
        if (wanted == typeof(long))
            return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var big) ? JsonValue.Create(big) : null;
        if (wanted != typeof(double))
            return null;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? JsonValue.Create(number)
            : null;
    }

    /// <summary>What a person calls the type.</summary>
    internal static string Name(Type type)
    {
        var wanted = Nullable.GetUnderlyingType(type) ?? type;
        return wanted == typeof(string) ? "text"
            : wanted == typeof(bool) ? "true or false"
            : wanted == typeof(int) || wanted == typeof(long) ? "a whole number"
            : wanted == typeof(double) ? "a number"
            : ElementType(wanted, typeof(List<>)) is not null ? "a list"
            : "an object";
    }

    private static void CheckItem(JsonNode? item, Type type, string place, List<string> problems)
    {
        if (item is null)
            problems.Add($"{place}: must not be null.");
        Check(item, type, place, problems);
    }

    private static void CheckRecord(JsonObject record, JsonTypeInfo type, string place, List<string> problems)
    {
        foreach (var (key, value) in record)
        {
            if (type.Properties.FirstOrDefault(property => property.Name == key) is not { } known)
            {
                problems.Add(
                    $"{place}: unknown key \"{key}\"; the nearest known one is "
                        + $"\"{NearestName.Of(key, type.Properties.Select(property => property.Name))}\".");
                continue;
            }
            var before = problems.Count;
            Check(value, known.PropertyType, $"{place}: {key}", problems);
            if (value is not null && problems.Count == before)
                CheckLimits(value, known, $"{place}: {key}", problems);
        }
        foreach (var property in type.Properties)
            if (Attribute<RequiredAttribute>(property) is not null && record[property.Name] is null)
                problems.Add($"{place}: \"{property.Name}\" is missing.");
    }

    /// <summary>Tells which limits of its property a value of the right type breaks.</summary>
    internal static void CheckLimits(JsonNode value, JsonPropertyInfo property, string place, List<string> problems)
    {
        if (Attribute<AllowedValuesAttribute>(property) is { } allowed && !allowed.Values.Contains(value.GetValue<string>()))
            problems.Add($"{place}: must be one of {string.Join(", ", allowed.Values)}; is \"{value}\".");
        if (Attribute<RegularExpressionAttribute>(property) is { } pattern && !pattern.IsValid(value.GetValue<string>()))
            problems.Add($"{place}: must match {pattern.Pattern}; is \"{value}\".");
        if (Attribute<MinLengthAttribute>(property) is not null && (value is JsonArray { Count: 0 } || value.ToString().Length == 0))
            problems.Add($"{place}: must not be empty.");
        if (value is JsonObject map && !MayHaveNulls(property))
            problems.AddRange(map.Where(entry => entry.Value is null).Select(entry => $"{place}.{entry.Key}: must not be null; leave it out."));
        if (Attribute<RangeAttribute>(property) is { } range && !IsWithin(value, range))
            problems.Add(string.Create(CultureInfo.InvariantCulture, $"{place}: must be {range.Minimum} to {range.Maximum}; is {value}."));
    }

    /// <summary>Whether the values of a property that is a map may be null; true of all that is no map.</summary>
    internal static bool MayHaveNulls(JsonPropertyInfo property) =>
        ElementType(property.PropertyType, typeof(Dictionary<,>)) is null || Attribute<NullTakesAwayAttribute>(property) is not null;

    internal static T? Attribute<T>(JsonPropertyInfo property)
        where T : Attribute => property.AttributeProvider?.GetCustomAttributes(typeof(T), inherit: false).OfType<T>().FirstOrDefault();

    private static bool IsWithin(JsonNode value, RangeAttribute range)
    {
        var number = double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture);
        return number >= Convert.ToDouble(range.Minimum, CultureInfo.InvariantCulture)
            && number <= Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture);
    }

    private static bool IsScalar(JsonNode node, Type type) => node is JsonValue && node.GetValueKind() switch
    {
        JsonValueKind.String => type == typeof(string),
        JsonValueKind.True or JsonValueKind.False => type == typeof(bool),
        JsonValueKind.Number => type != typeof(string) && type != typeof(bool) && Parse(node.ToJsonString(), type) is not null,
        _ => false,
    };

    private static string Name(JsonNode node) => node.GetValueKind() switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        _ => node.ToJsonString(),
    };
}
