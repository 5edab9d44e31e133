using System.Globalization;

namespace Workers.Jobs.Warmth;

/// <summary>A file that a template wants kept open on some workers.</summary>
/// <param name="Count">Workers, from 1.</param>
/// <param name="Engine">Of this engine.</param>
/// <param name="File">The file as inputs name it; without control characters.</param>
/// <param name="Input">JSON: the input of <see cref="Function"/> that opens it.</param>
public sealed record WarmWish(int Count, string Engine, string File, string Input)
{
    /// <summary>The engine's function that opens a file and does nothing else.</summary>
    public const string Function = "preload";

    /// <summary>As the scripts read it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Count} {Engine} {File}\n{Input}");
}
