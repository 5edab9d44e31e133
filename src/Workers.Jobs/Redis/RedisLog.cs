using Microsoft.Extensions.Logging;

namespace Workers.Jobs.Redis;

/// <summary>What the gate says in the log. Endpoints only: connection strings hold passwords.</summary>
internal static partial class RedisLog
{
    [LoggerMessage(1, LogLevel.Information, "Connected to Redis {Version} at {Endpoints}.")]
    internal static partial void Connected(ILogger logger, string version, string endpoints);

    [LoggerMessage(2, LogLevel.Warning, "Redis at {Endpoints} is not ready: {Reason}")]
    internal static partial void NotReady(ILogger logger, string endpoints, string reason);

    [LoggerMessage(3, LogLevel.Information, "Redis at {Endpoints} is ready.")]
    internal static partial void Ready(ILogger logger, string endpoints);

    [LoggerMessage(4, LogLevel.Warning,
        "Redis at {Endpoints} was silent for {Seconds:F1} s; the connection is replaced ({InFlight} calls were under way).")]
    internal static partial void Replaced(ILogger logger, string endpoints, double seconds, int inFlight);

    [LoggerMessage(5, LogLevel.Debug, "Another connection to Redis at {Endpoints} did not come about: {Reason}")]
    internal static partial void NotReplaced(ILogger logger, string endpoints, string reason);

    [LoggerMessage(6, LogLevel.Information, "A reply of Redis came after its caller had left; its late handler runs.")]
    internal static partial void LateReply(ILogger logger);

    [LoggerMessage(7, LogLevel.Error, "The handler of a late reply failed.")]
    internal static partial void LateHandlerFailed(ILogger logger, Exception error);

    [LoggerMessage(8, LogLevel.Error, "The handler of Redis channel {Channel} failed.")]
    internal static partial void SubscriberFailed(ILogger logger, string channel, Exception error);

    [LoggerMessage(9, LogLevel.Debug, "Redis did not know script {Script}; it was loaded.")]
    internal static partial void ScriptLoaded(ILogger logger, string script);

    [LoggerMessage(10, LogLevel.Error, "The watch over Redis met something unexpected and goes on.")]
    internal static partial void WatchFailed(ILogger logger, Exception error);

    [LoggerMessage(11, LogLevel.Information, "Redis at {Endpoints} is still loading its data; waiting.")]
    internal static partial void StillLoading(ILogger logger, string endpoints);

    [LoggerMessage(12, LogLevel.Warning, "Redis at {Endpoints} did not confirm the channels in time; hints may be late.")]
    internal static partial void ChannelsNotConfirmed(ILogger logger, string endpoints);
}
