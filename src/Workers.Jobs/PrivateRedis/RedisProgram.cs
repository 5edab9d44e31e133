using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Workers.Jobs.PrivateRedis;

/// <summary>
/// Starts redis-server in a session of its own, so that a terminal's Ctrl-C does not stop it before the server has drained.
/// </summary>
/// <remarks>
/// Through <c>setsid</c> (util-linux), which replaces itself by redis-server: the process stays our child, so its end is seen at once and it is
/// reaped. <c>daemonize yes</c> would also give it a session, but its end could only be polled, its start-up errors would be lost, and a
/// server that is process 1 of a container would collect zombies.
/// </remarks>
internal static class RedisProgram
{
    /// <exception cref="RedisServerMissingException">No such program.</exception>
    internal static Process Start(string program, string configurationFile, ILogger logger)
    {
        var path = Find(program) ?? throw new RedisServerMissingException(program);
        var setsid = Find("setsid");
        if (setsid is null)
            PrivateRedisLog.NoOwnSession(logger);
        var start = new ProcessStartInfo(setsid ?? path)
        {
            // Its own log file says all; our streams it must not hold, or whoever reads them waits for as long as it lives.
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (setsid is not null)
            start.ArgumentList.Add(path);
        start.ArgumentList.Add(configurationFile);
        return Process.Start(start) ?? throw new RedisServerMissingException(program);
    }

    private static string? Find(string program)
    {
        if (program.Contains('/', StringComparison.Ordinal))
            return IsExecutable(program) ? Path.GetFullPath(program) : null;
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(IsExecutable);
    }

    private static bool IsExecutable(string path) =>
        File.Exists(path)
        && (OperatingSystem.IsWindows()
            || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0);
}
