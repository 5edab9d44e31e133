using Microsoft.Extensions.Logging;

namespace Workers.Jobs.PrivateRedis;

internal static partial class PrivateRedisLog
{
    [LoggerMessage(1, LogLevel.Information, "Started the private Redis on port {Port} (process {ProcessId}, folder {Folder}).")]
    internal static partial void Started(ILogger logger, int port, int processId, string folder);

    [LoggerMessage(2, LogLevel.Information, "Adopted the private Redis that runs on port {Port} (process {ProcessId}, folder {Folder}).")]
    internal static partial void Adopted(ILogger logger, int port, int processId, string folder);

    [LoggerMessage(3, LogLevel.Warning, "The private Redis (process {ProcessId}) is alive but does not answer on port {Port} ({Presence}); waiting.")]
    internal static partial void Waiting(ILogger logger, int processId, int port, RedisPresence presence);

    [LoggerMessage(4, LogLevel.Warning, "Port {Port} is taken by somebody else; the private Redis moves to port {NewPort}.")]
    internal static partial void PortTaken(ILogger logger, int port, int newPort);

    [LoggerMessage(5, LogLevel.Error, "The private Redis (process {ProcessId}) ended; it is started again on port {Port}.")]
    internal static partial void Ended(ILogger logger, int processId, int port);

    [LoggerMessage(6, LogLevel.Error, "The private Redis could not be started again on port {Port}; next try in {Seconds} s. {Reason}")]
    internal static partial void NotRestarted(ILogger logger, int port, double seconds, string reason);

    [LoggerMessage(7, LogLevel.Information, "Stopped the private Redis (process {ProcessId}).")]
    internal static partial void Stopped(ILogger logger, int processId);

    [LoggerMessage(8, LogLevel.Warning, "The private Redis (process {ProcessId}) did not stop in {Seconds} s and is killed.")]
    internal static partial void Killed(ILogger logger, int processId, double seconds);

    [LoggerMessage(9, LogLevel.Information, "The private Redis (process {ProcessId}) is left running on port {Port}, as configured.")]
    internal static partial void Left(ILogger logger, int processId, int port);

    [LoggerMessage(10, LogLevel.Warning,
        "The program setsid was not found: Ctrl-C will stop the private Redis together with the server, before running attempts end.")]
    internal static partial void NoOwnSession(ILogger logger);
}
