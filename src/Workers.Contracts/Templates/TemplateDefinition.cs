using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Workers.Contracts;

/// <summary>A stored function call with the parameters that a caller may set. At most 64 KB as JSON.</summary>
public record TemplateDefinition
{
    /// <summary>For people, at most 1,000 characters.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Description { get; init; }

    /// <summary>The engine's name. Default: the first that has the function and opens the file; then stored.</summary>
    public string? Engine { get; init; }

    /// <summary>The function's name, e.g. <c>render</c>.</summary>
    public required string Function { get; init; }

    /// <summary>The part of the function's input that is fixed.</summary>
    public JsonObject? Input { get; init; }

    /// <summary>What a caller may set, by name (<c>[A-Za-z][A-Za-z0-9_]*</c>, at most 32 characters); at most 32.</summary>
    public IReadOnlyDictionary<string, TemplateParameterDefinition>? Parameters { get; init; }

    /// <summary>How large a picture may be.</summary>
    public TemplateLimits? Limits { get; init; }

    /// <summary>Seconds a cache may keep a picture of a signed URL that names no version, 0–31,536,000. Default 60.</summary>
    public int? MaxAgeSeconds { get; init; }

    /// <summary>Seconds one attempt may run, up to 86,400. Default: the engine's call timeout.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? TimeoutSeconds { get; init; }

    /// <summary>
    /// Workers on which the file of <c>input</c> is kept open, over all nodes, so that the first call is as quick as the next; 0–64. Default 0. Only idle
    /// workers open it, and where there are fewer, fewer have it.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Warm { get; init; }

    /// <summary>A picture that signed URLs answer while a cold render takes too long.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TemplatePlaceholder? Placeholder { get; init; }
}

/// <summary>A parameter of a template.</summary>
public sealed record TemplateParameterDefinition
{
    /// <summary>
    /// <c>string</c>, <c>number</c>, <c>integer</c>, <c>boolean</c>, <c>color</c> (<c>#rrggbb</c>; in URLs also without <c>#</c>),
    /// <c>asset</c> (<c>sha256:…</c>) or <c>enum</c> (a string of <c>enum</c> or of the keys of <c>map</c>).
    /// </summary>
    public required string Type { get; init; }

    /// <summary>For people, at most 1,000 characters.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Description { get; init; }

    /// <summary>The values there are, at most 100.</summary>
    [JsonPropertyName("enum")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<JsonNode>? Options { get; init; }

    /// <summary>Of a number: the least.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Minimum { get; init; }

    /// <summary>Of a number: the most.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Maximum { get; init; }

    /// <summary>Of a string: characters at most, 1–1,000. Default 200.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? MaxLength { get; init; }

    /// <summary>Of a string: a regular expression (without look-around and back-references) that all of it must match.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Pattern { get; init; }

    /// <summary>Its value where a caller says nothing. Without it callers must say one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonNode? Default { get; init; }

    /// <summary>
    /// Where its value goes: a JSON Pointer into the input (<c>/materials/Paint/baseColor</c>), or an array of pointers and of
    /// <c>{"pointer": …, "map": {option: value}}</c>. <c>/hide/-</c> adds to an array; an array is added element by element.
    /// </summary>
    public required JsonNode Drives { get; init; }

    /// <summary>What an option means where it does not go in as it is: option → value, <c>null</c>: leave the input alone.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonObject? Map { get; init; }
}

/// <summary>How large a picture may be: <c>width</c>, <c>height</c>, <c>size</c> and <c>outputs</c> of the input are held to it.</summary>
public sealed record TemplateLimits
{
    /// <summary>Pixels of the width, 1–65,536. Default 4,096.</summary>
    public int? Width { get; init; }

    /// <summary>Pixels of the height, 1–65,536. Default 4,096.</summary>
    public int? Height { get; init; }

    /// <summary>Pixels in all, 1–268,435,456. Default 16,777,216.</summary>
    public long? Pixels { get; init; }
}

/// <summary>What is shown while a cold render takes too long.</summary>
/// <param name="Asset">A stored picture, <c>sha256:…</c>.</param>
/// <param name="AfterSeconds">How long the render is waited for, 0–60. Default 1.</param>
public sealed record TemplatePlaceholder(string Asset, double? AfterSeconds = null);
