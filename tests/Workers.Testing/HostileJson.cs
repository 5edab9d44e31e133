using System.Text.Json.Nodes;

namespace Workers.Testing;

/// <summary>Changes JSON documents at random: members and elements go, come, and get values that nobody expects there.</summary>
/// <param name="random">Where chance comes from.</param>
/// <param name="values">Values as JSON texts; some may be none that a writer of JSON would write.</param>
/// <param name="names">Names of members that come.</param>
public sealed class HostileJson(Random random, IReadOnlyList<string> values, IReadOnlyList<string> names)
{
    private const int MostChanges = 3;

    /// <summary>The document with up to three changes.</summary>
    public string Changed(string document)
    {
        var node = JsonNode.Parse(document)!;
        var holes = random.Next(MostChanges + 1);
        for (var hole = 0; hole < holes; hole++)
            Change(node, $"hole-{hole}");
        // What goes in may be no JSON by itself: so it is put in as text.
        var text = node.ToJsonString();
        for (var hole = 0; hole < holes; hole++)
            text = text.Replace($"\"hole-{hole}\"", Any(values), StringComparison.Ordinal);
        return text;
    }

    private void Change(JsonNode node, string hole)
    {
        if (node is JsonArray elements)
            ChangeOne(elements, hole);
        else if (node is JsonObject { Count: > 0 } members && !OneIn(4))
            ChangeOne(members, hole);
        else
            node[Any(names)] = hole;
    }

    private void ChangeOne(JsonArray elements, string hole)
    {
        if (elements.Count == 0 || OneIn(3))
            elements.Add(hole);
        else if (elements[random.Next(elements.Count)] is JsonObject below)
            Change(below, hole);
        else
            elements[random.Next(elements.Count)] = hole;
    }

    private void ChangeOne(JsonObject members, string hole)
    {
        var (name, value) = members.ElementAt(random.Next(members.Count));
        if (value is JsonObject or JsonArray && !OneIn(4))
            Change(value, hole);
        else if (OneIn(5))
            members.Remove(name);
        else
            members[name] = hole;
    }

    private bool OneIn(int many) => random.Next(many) == 0;

    private string Any(IReadOnlyList<string> all) => all[random.Next(all.Count)];
}
