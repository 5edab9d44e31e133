using Workers.Jobs.Text;

namespace Workers.Jobs.Configuration;

/// <summary>The server's arguments, taken apart.</summary>
public sealed record CommandLine
{
    /// <summary>Flags and the setting each writes.</summary>
    private static readonly Dictionary<string, string> Flags = new()
    {
        ["--role"] = "role", ["--urls"] = "urls", ["--data"] = "data", ["--runtime"] = "runtime", ["--redis"] = "redis",
        ["--durability"] = "durability", ["--node"] = "node", ["--label"] = "labels",
    };

    /// <summary><c>--help</c> was asked for.</summary>
    public bool Help { get; private init; }

    /// <summary><c>--version</c> was asked for.</summary>
    public bool Version { get; private init; }

    /// <summary>The file named by <c>--config</c>, or null.</summary>
    public string? ConfigurationFile { get; private init; }

    /// <summary>Settings in the order given.</summary>
    internal IReadOnlyList<WrittenSetting> Settings { get; private init; } = [];

    /// <summary>Takes arguments apart: <c>--flag value</c> or <c>--flag=value</c>.</summary>
    /// <exception cref="SettingsException">An unknown flag, or one without its value.</exception>
    public static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        var line = new CommandLine();
        var settings = new List<WrittenSetting>();
        var problems = new List<string>();
        for (var i = 0; i < arguments.Count; i++)
        {
            var (flag, value) = Split(arguments[i]);
            if (flag is "--help" or "-h")
                line = line with { Help = true };
            else if (flag == "--version")
                line = line with { Version = true };
            else if (flag != "--config" && !Flags.ContainsKey(flag))
            {
                problems.Add(Unknown(flag));
                if (value is null && i + 1 < arguments.Count && !arguments[i + 1].StartsWith('-'))
                    i++; // Its value, most likely.
            }
            else if (value is null && i + 1 == arguments.Count)
                problems.Add($"{flag}: needs a value.");
            else if ((value ??= arguments[++i]).Length == 0)
                problems.Add($"{flag}: must not be empty.");
            else if (flag == "--config")
                line = line with { ConfigurationFile = value };
            else
                AddSetting(flag, value, settings, problems);
        }
        return problems.Count == 0 ? line with { Settings = settings } : throw new SettingsException(problems);
    }

    private static (string Flag, string? Value) Split(string argument)
    {
        var equals = argument.StartsWith("--", StringComparison.Ordinal) ? argument.IndexOf('=', StringComparison.Ordinal) : -1;
        return equals < 0 ? (argument, null) : (argument[..equals], argument[(equals + 1)..]);
    }

    private static void AddSetting(string flag, string value, List<WrittenSetting> settings, List<string> problems)
    {
        if (flag != "--label")
        {
            settings.Add(new WrittenSetting([Flags[flag]], value, flag));
            return;
        }
        var label = value.Split('=', 2);
        if (label is [{ Length: > 0 }, _])
            settings.Add(new WrittenSetting(["labels", label[0]], label[1], flag));
        else
            problems.Add($"{flag}: must be KEY=VALUE; is \"{value}\".");
    }

    private static string Unknown(string flag) =>
        $"{flag}: unknown flag; the nearest known one is {NearestName.Of(flag, [.. Flags.Keys, "--config", "--help", "--version"])}. See --help.";
}

/// <summary>One setting given as text.</summary>
/// <param name="Path">Keys from the root, e.g. <c>engines, blender, workers</c>.</param>
/// <param name="Text">Its value.</param>
/// <param name="Source">The flag or variable, for messages.</param>
internal sealed record WrittenSetting(IReadOnlyList<string> Path, string Text, string Source);
