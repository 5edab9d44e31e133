using System.Text.Json.Nodes;
using NJsonSchema;

namespace Workers.Api.Schemas;

/// <summary>A string that names an asset, and where it stands.</summary>
/// <param name="Pointer">RFC 6901.</param>
/// <param name="Value"><c>sha256:…</c>, <c>root:…</c> or <c>https://…</c>, not checked yet.</param>
/// <param name="Node">The string in the input.</param>
public readonly record struct AssetString(string Pointer, string Value, JsonValue Node);

/// <summary>Walks an input beside its schema.</summary>
internal static class AssetStrings
{
    private const string Format = "asset";

    /// <summary>Whether anything below a schema may name an asset: told once per schema, so that most inputs need not be walked.</summary>
    public static bool MayOccur(JsonSchema declared) => MayOccur(declared, []);

    /// <summary>Adds every asset string below this node.</summary>
    public static void Collect(JsonNode? node, JsonSchema? declared, string pointer, List<AssetString> found)
    {
        if (node is null || declared is null)
            return;
        var schema = declared.ActualSchema;
        if (schema.Format == Format && node is JsonValue value && value.TryGetValue<string>(out var text))
        {
            if (!found.Exists(known => known.Pointer == pointer))
                found.Add(new AssetString(pointer, text, value));
            return;
        }

        if (node is JsonObject members)
        {
            foreach (var (name, member) in members)
            {
                var property = schema.Properties.TryGetValue(name, out var known) ? known : schema.AdditionalPropertiesSchema;
                Collect(member, property, JsonPointer.Child(pointer, name), found);
            }
        }
        else if (node is JsonArray elements)
        {
            for (var i = 0; i < elements.Count; i++)
                Collect(elements[i], schema.Item ?? schema.Items.ElementAtOrDefault(i), $"{pointer}/{i}", found);
        }

        foreach (var choice in schema.AnyOf.Concat(schema.OneOf).Concat(schema.AllOf))
            Collect(node, choice, pointer, found);
    }

    // Schemas may contain themselves, so each is looked at once.
    private static bool MayOccur(JsonSchema? declared, HashSet<JsonSchema> seen) =>
        declared?.ActualSchema is { } schema
        && seen.Add(schema)
        && (schema.Format == Format
            || schema.Properties.Values.Concat<JsonSchema?>(schema.Items).Concat(schema.AnyOf).Concat(schema.OneOf).Concat(schema.AllOf)
                .Append(schema.AdditionalPropertiesSchema).Append(schema.Item).Any(below => MayOccur(below, seen)));
}
