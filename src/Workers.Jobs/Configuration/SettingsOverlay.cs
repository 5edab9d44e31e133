using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Workers.Jobs.Text;

namespace Workers.Jobs.Configuration;

/// <summary>Writes settings given as text (flags, variables) over the file's.</summary>
internal static class SettingsOverlay
{
    internal const string Prefix = "WORKERS__";

    /// <summary>The settings among environment variables, in a stable order; an empty one counts as not set.</summary>
    internal static IEnumerable<WrittenSetting> FromEnvironment(IReadOnlyDictionary<string, string> environment) =>
        environment.Where(variable => variable.Key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && variable.Value.Length > 0)
            .Where(variable => !variable.Key.Equals(Prefix + "CONFIG", StringComparison.OrdinalIgnoreCase))
            .OrderBy(variable => variable.Key, StringComparer.Ordinal)
            .Select(variable => new WrittenSetting(variable.Key[Prefix.Length..].Split("__"), variable.Value, variable.Key));

    /// <summary>
    /// Writes one setting. Names are matched without regard to case; a new entry's name is taken in lower case where it came in capitals.
    /// </summary>
    internal static void Write(JsonObject document, WrittenSetting setting, List<string> problems)
    {
        JsonNode node = document;
        var type = typeof(ServerFile);
        for (var i = 0; i < setting.Path.Count; i++)
        {
            var isLast = i == setting.Path.Count - 1;
            if (Step(node, type, setting.Path[i]) is not { } step)
            {
                problems.Add($"{setting.Source}: there is no setting \"{setting.Path[i]}\"{Hint(type, setting.Path[i])}.");
                return;
            }
            type = step.Type;
            var value = isLast ? SettingsModel.Parse(setting.Text, type) : step.Current ?? Empty(type);
            if (value is null)
            {
                problems.Add($"{setting.Source}: must be {SettingsModel.Name(type)}{(isLast ? $"; is \"{setting.Text}\"" : "")}.");
                return;
            }
            if (isLast && step.Property is not null)
                SettingsModel.CheckLimits(value, step.Property, setting.Source, problems);
            if (value.Parent is null)
                step.Set(value);
            node = value;
        }
    }

    private static Target? Step(JsonNode node, Type type, string key)
    {
        switch (node)
        {
            case JsonArray list when SettingsModel.ElementType(type, typeof(List<>)) is { } itemType:
                if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index > list.Count)
                    return null;
                return index < list.Count
                    ? new Target(itemType, list[index], value => list[index] = value)
                    : new Target(itemType, null, list.Add);
            case JsonObject entries when SettingsModel.ElementType(type, typeof(Dictionary<,>)) is { } valueType:
                var existing = entries.Select(entry => entry.Key).FirstOrDefault(name => name.Equals(key, StringComparison.OrdinalIgnoreCase));
                var name = existing ?? (key.Any(char.IsAsciiLetterLower) ? key : key.ToLowerInvariant());
                return new Target(valueType, entries[name], value => entries[name] = value);
            case JsonObject record when SettingsModel.Json.GetTypeInfo(type).Kind == JsonTypeInfoKind.Object:
                return SettingsModel.Find(SettingsModel.Json.GetTypeInfo(type), key) is { } property
                    ? new Target(property.PropertyType, record[property.Name], value => record[property.Name] = value, property)
                    : null;
            default:
                return null;
        }
    }

    private static JsonNode? Empty(Type type) =>
        SettingsModel.ElementType(type, typeof(List<>)) is not null ? new JsonArray()
        : SettingsModel.Parse("", type) is null && type != typeof(string) && Nullable.GetUnderlyingType(type) is null ? new JsonObject()
        : null;

    private static string Hint(Type type, string key)
    {
        if (SettingsModel.ElementType(type, typeof(List<>)) is not null)
            return ": a list's entries are numbered from 0 without gaps";
        var info = SettingsModel.Json.GetTypeInfo(type);
        return info.Kind == JsonTypeInfoKind.Object
            ? $"; the nearest known one is \"{NearestName.Of(key, info.Properties.Select(property => property.Name))}\""
            : "";
    }

    /// <summary>A place in the document.</summary>
    private sealed record Target(Type Type, JsonNode? Current, Action<JsonNode> Set, JsonPropertyInfo? Property = null);
}
