using System.Text.Json.Nodes;

namespace Workers.Jobs;

/// <summary>The file that a call opens, which its input names as <c>file</c>.</summary>
public static class InputFile
{
    /// <summary>The input's member that names it.</summary>
    public const string Member = "file";

    /// <summary>As the input names it (<c>sha256:…</c>, <c>root:…</c>), or null where it names none.</summary>
    public static string? Of(JsonObject input) => input[Member] is JsonValue value && value.TryGetValue<string>(out var file) ? file : null;
}
