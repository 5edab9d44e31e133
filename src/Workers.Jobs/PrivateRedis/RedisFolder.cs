using System.Globalization;
using System.Text;
using Workers.Jobs.Files;
using Workers.Jobs.Processes;

namespace Workers.Jobs.PrivateRedis;

/// <summary>The private Redis's folder and what we keep in it.</summary>
internal sealed class RedisFolder
{
    private const long LogLimit = 1 << 20;

    internal RedisFolder(string dataFolder)
    {
        PrivateFiles.CreateFolder(System.IO.Path.Combine(dataFolder, "redis"));
        // Redis names its folder with links resolved; so do we, to compare them.
        Path = ResolveLinks(System.IO.Path.GetFullPath(System.IO.Path.Combine(dataFolder, "redis")));
    }

    internal string Path { get; }

    internal string InstanceFile => System.IO.Path.Combine(Path, "instance.json");

    internal string ConfigurationFile => System.IO.Path.Combine(Path, "redis.conf");

    internal string LogFile => System.IO.Path.Combine(Path, "redis.log");

    /// <summary>Writes Redis's configuration (0600: it holds the password, which must not be in arguments that everybody can list).</summary>
    internal void WriteConfiguration(RedisInstance instance, string durability)
    {
        var text = new StringBuilder()
            .AppendLine("# Written by workers-server at each start; changes are lost.")
            .AppendLine(CultureInfo.InvariantCulture, $"port {instance.Port}")
            .AppendLine("bind 127.0.0.1")
            .AppendLine(CultureInfo.InvariantCulture, $"requirepass {instance.Password}")
            .AppendLine(CultureInfo.InvariantCulture, $"dir {Quote(Path)}")
            .AppendLine(CultureInfo.InvariantCulture, $"logfile {Quote(LogFile)}")
            .AppendLine("loglevel warning")
            .AppendLine("daemonize no")
            .AppendLine("save \"\"")
            .AppendLine("maxmemory-policy noeviction");
        foreach (var (name, value) in DurabilitySettings(durability).Concat(RedisTuning.Settings))
            text.AppendLine(CultureInfo.InvariantCulture, $"{name} {value}");
        PrivateFiles.Write(ConfigurationFile, Encoding.UTF8.GetBytes(text.ToString()));
    }

    internal static IEnumerable<(string Name, string Value)> DurabilitySettings(string durability) =>
    [
        ("appendonly", durability == "none" ? "no" : "yes"),
        ("appendfsync", durability == "always" ? "always" : "everysec"),
    ];

    /// <summary>Keeps the log bounded: at most two files of a megabyte, and what Redis warned of since its start.</summary>
    internal void RotateLog()
    {
        if (File.Exists(LogFile) && new FileInfo(LogFile).Length > LogLimit)
            File.Move(LogFile, LogFile + ".1", overwrite: true);
    }

    /// <summary>The last lines of the log, as one line, for an error's message.</summary>
    internal string LogTail() => File.Exists(LogFile) ? string.Join(" | ", File.ReadLines(LogFile).TakeLast(3)) : "";

    /// <summary>
    /// The living redis-server that works in this folder, whatever <c>instance.json</c> says of it: Redis makes its folder the working directory
    /// before it does anything else. Null when there is none (or, away from Linux, when it cannot be known).
    /// </summary>
    internal ProcessIdentity? FindProcess()
    {
        if (!OperatingSystem.IsLinux())
            return null;
        foreach (var entry in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(System.IO.Path.GetFileName(entry), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                continue;
            try
            {
                if (File.ResolveLinkTarget(entry + "/cwd", returnFinalTarget: false)?.FullName != Path)
                    continue;
                var name = File.ReadAllText(entry + "/comm");
                if (name.StartsWith("redis", StringComparison.Ordinal) || name.StartsWith("valkey", StringComparison.Ordinal))
                    return ProcessIdentity.Of(id);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Gone meanwhile, or somebody else's.
            }
        }
        return null;
    }

    private static string Quote(string value) =>
        "\"" + value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    private static string ResolveLinks(string path)
    {
        var resolved = System.IO.Path.GetPathRoot(path)!;
        foreach (var part in path[resolved.Length..].Split(System.IO.Path.DirectorySeparatorChar))
        {
            resolved = System.IO.Path.Combine(resolved, part);
            resolved = new DirectoryInfo(resolved).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? resolved;
        }
        return resolved;
    }
}
