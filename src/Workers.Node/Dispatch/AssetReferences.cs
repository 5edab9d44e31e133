using System.Text.Json;
using System.Text.Json.Nodes;

namespace Workers.Node.Dispatch;

/// <summary>A string of an input that its schema calls an asset.</summary>
/// <param name="Pointer">Its place in the input, RFC 6901.</param>
/// <param name="Text"><c>sha256:…</c> or <c>root:…</c>.</param>
internal readonly record struct AssetReference(string Pointer, string Text);

/// <summary>Finds the assets in a call's input: every string whose schema has <c>"format":"asset"</c>.</summary>
internal static class AssetReferences
{
    private const int MaxDepth = 64;
    private static readonly string[] Branches = ["anyOf", "oneOf", "allOf"];

    /// <summary>All of them, in no particular order; one named twice is there twice.</summary>
    /// <param name="schema">JSON Schema of the input (draft 7).</param>
    /// <param name="input">The input, already valid.</param>
    public static List<AssetReference> Find(JsonElement schema, JsonObject input)
    {
        var found = new List<AssetReference>();
        Walk(schema, schema, input, "", 0, found);
        return found;
    }

    private static void Walk(JsonElement root, JsonElement schema, JsonNode? value, string pointer, int depth, List<AssetReference> found)
    {
        // The depth also ends a $ref that leads to itself.
        if (value is null || schema.ValueKind != JsonValueKind.Object || depth > MaxDepth)
            return;
        if (Referenced(root, schema) is { } referenced)
            Walk(root, referenced, value, pointer, depth + 1, found);
        foreach (var branch in Branches)
        {
            if (!schema.TryGetProperty(branch, out var branches) || branches.ValueKind != JsonValueKind.Array)
                continue;
            foreach (var one in branches.EnumerateArray())
                Walk(root, one, value, pointer, depth + 1, found);
        }

        switch (value)
        {
            case JsonValue text when IsAsset(schema) && text.TryGetValue(out string? asset):
                found.Add(new AssetReference(pointer, asset));
                break;
            case JsonObject members:
                foreach (var (name, member) in members)
                {
                    if (MemberSchema(schema, name) is { } inner)
                        Walk(root, inner, member, $"{pointer}/{Escape(name)}", depth + 1, found);
                }

                break;
            case JsonArray entries when schema.TryGetProperty("items", out var items):
                for (var index = 0; index < entries.Count; index++)
                    Walk(root, items, entries[index], $"{pointer}/{index}", depth + 1, found);
                break;
        }
    }

    private static bool IsAsset(JsonElement schema) =>
        schema.TryGetProperty("format", out var format) && format.ValueKind == JsonValueKind.String && format.ValueEquals("asset");

    private static JsonElement? MemberSchema(JsonElement schema, string name)
    {
        if (schema.TryGetProperty("properties", out var properties)
            && properties.ValueKind == JsonValueKind.Object
            && properties.TryGetProperty(name, out var property))
            return property;
        return schema.TryGetProperty("additionalProperties", out var others) ? others : null;
    }

    private static JsonElement? Referenced(JsonElement root, JsonElement schema)
    {
        const string Prefix = "#/definitions/";
        if (!schema.TryGetProperty("$ref", out var reference) || reference.ValueKind != JsonValueKind.String)
            return null;
        var path = reference.GetString()!;
        return path.StartsWith(Prefix, StringComparison.Ordinal)
            && root.TryGetProperty("definitions", out var definitions)
            && definitions.ValueKind == JsonValueKind.Object
            && definitions.TryGetProperty(path[Prefix.Length..], out var definition)
            ? definition
            : null;
    }

    private static string Escape(string name) =>
        name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
