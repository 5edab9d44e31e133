namespace Workers.Jobs.Configuration;

/// <summary>
/// The configuration is wrong. The message has a line for each problem, naming the key, where it was written and what would be right.
/// </summary>
public sealed class SettingsException(IReadOnlyList<string> problems) : Exception(string.Join(Environment.NewLine, problems))
{
    /// <summary>The problems, a line each.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
