using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Workers.Api.Templates;

/// <summary>What a template's definition says, read and checked.</summary>
internal sealed partial record Template
{
    /// <summary>For people.</summary>
    public string? Description { get; init; }

    /// <summary>The engine's name; null only before it was chosen.</summary>
    public string? Engine { get; init; }

    /// <summary>The function's name.</summary>
    public required string Function { get; init; }

    /// <summary>What is fixed; copied, never changed.</summary>
    public required JsonObject Input { get; init; }

    /// <summary>What a caller may set, in order of names.</summary>
    public required IReadOnlyList<TemplateParameter> Parameters { get; init; }

    /// <summary>How large a picture may be.</summary>
    public required PixelLimits Limits { get; init; }

    /// <summary>How long a cache may keep a picture whose URL names no version.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Seconds one attempt may run; null: the engine's call timeout.</summary>
    public double? TimeoutSeconds { get; init; }

    /// <summary>Workers on which its file is kept open.</summary>
    public int Warm { get; init; }

    /// <summary>What is shown while a cold render takes too long.</summary>
    public Placeholder? Placeholder { get; init; }

    /// <summary>Whether a text is a template's name.</summary>
    public static bool IsName(string name) => NamePattern().IsMatch(name);

    /// <summary>The parameter that this place of the input belongs to, or null where it is fixed.</summary>
    public TemplateParameter? Driving(string pointer) => Parameters.FirstOrDefault(parameter => parameter.Drives.Any(drive => drive.Covers(pointer)));

    [GeneratedRegex(@"^[a-z0-9][a-z0-9_-]{0,63}\z")]
    private static partial Regex NamePattern();
}

/// <summary>A picture that stands for one that is being made.</summary>
/// <param name="Hex">Digest of the stored picture.</param>
/// <param name="After">How long the render is waited for.</param>
internal sealed record Placeholder(string Hex, TimeSpan After);

/// <summary>What a caller may set.</summary>
internal sealed record TemplateParameter
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The kind of its value.</summary>
    public required ParameterType Type { get; init; }

    /// <summary>The values there are; null: any of the type within the limits below.</summary>
    public IReadOnlyList<ParameterValue>? Options { get; init; }

    /// <summary>Of a number: the least.</summary>
    public double? Minimum { get; init; }

    /// <summary>Of a number: the most.</summary>
    public double? Maximum { get; init; }

    /// <summary>Of a string: characters at most.</summary>
    public int MaxLength { get; init; }

    /// <summary>Of a string: all of it matches.</summary>
    public Regex? Pattern { get; init; }

    /// <summary>Its value where nothing is said; null: something must be.</summary>
    public ParameterValue? Default { get; init; }

    /// <summary>Where its value goes.</summary>
    public required IReadOnlyList<Drive> Drives { get; init; }

    /// <summary>What is wrong with a value, or null.</summary>
    public string? Fault(ParameterValue? value)
    {
        if (Options is { } options)
            return value is not null && options.Any(option => option.Text == value.Text) ? null
                : $"Must be one of {string.Join(", ", options.Select(option => option.Text))}.";
        if (value is null)
            return $"Must be {Expected}.";
        return Type switch
        {
            ParameterType.Number or ParameterType.Integer when value.AsNumber() < Minimum || value.AsNumber() > Maximum => $"Must be {Expected}.",
            ParameterType.String when value.Text.Length > MaxLength => $"Must be {Expected}.",
            ParameterType.String when Pattern is { } pattern && !pattern.IsMatch(value.Text) => $"Must be a text that matches {pattern}.",
            _ => null,
        };
    }

    private string Expected => Type switch
    {
        ParameterType.Boolean => "true or false",
        ParameterType.Integer => "an integer" + Range,
        ParameterType.Number => "a number" + Range,
        ParameterType.Color => "a colour: six hex digits, in JSON behind a #",
        ParameterType.Asset => "a stored asset: sha256: and 64 lower-case hex digits",
        _ => FormattableString.Invariant($"a text of at most {MaxLength} characters without control characters"),
    };

    private string Range => (Minimum, Maximum) switch
    {
        ({ } least, { } most) => FormattableString.Invariant($" from {least} to {most}"),
        ({ } least, null) => FormattableString.Invariant($" of at least {least}"),
        (null, { } most) => FormattableString.Invariant($" of at most {most}"),
        _ => "",
    };
}
