using Workers.Jobs.Configuration;
using Workers.Testing;

namespace Workers.Jobs.Tests.Configuration;

/// <summary>Loads settings from a file's text, flags and variables.</summary>
internal sealed class SettingsFixture : IDisposable
{
    private readonly TempFolder folder = new();

    public string Folder => folder.FullPath;

    public string FilePath => folder.Below("workers.json");

    public ServerSettings Load(string? file = null, string[]? flags = null, params (string Name, string Value)[] variables)
    {
        if (file is not null)
            File.WriteAllText(FilePath, file);
        string[] arguments = [.. file is null ? [] : new[] { "--config", FilePath }, .. flags ?? []];
        return SettingsLoader.Load(CommandLine.Parse(arguments), variables.ToDictionary(variable => variable.Name, variable => variable.Value));
    }

    public IReadOnlyList<string> Problems(string? file = null, string[]? flags = null, params (string Name, string Value)[] variables) =>
        Assert.Throws<SettingsException>(() => Load(file, flags, variables)).Problems;

    public void Dispose() => folder.Dispose();
}
