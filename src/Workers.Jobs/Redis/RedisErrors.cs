using StackExchange.Redis;

namespace Workers.Jobs.Redis;

/// <summary>Turns what StackExchange.Redis 1.2.6 throws into what the rest of the program knows.</summary>
internal static class RedisErrors
{
    /// <summary>Error codes with which Redis refuses a command before it does anything, because of its own state.</summary>
    private static readonly string[] RefusalCodes =
    [
        "READONLY", "LOADING", "MISCONF", "OOM", "CLUSTERDOWN", "MASTERDOWN", "NOREPLICAS", "TRYAGAIN", "BUSY", "NOAUTH", "WRONGPASS", "NOPERM",
    ];

    /// <summary>True for the answer to EVALSHA of a script that Redis does not hold: nothing was done.</summary>
    internal static bool IsUnknownScript(RedisServerException error) => HasCode(error.Message, "NOSCRIPT");

    /// <summary>True while Redis reads its data after a start.</summary>
    internal static bool IsLoading(string reason) => HasCode(reason, "LOADING");

    /// <summary>True when the text is a refusal because of Redis's state.</summary>
    internal static bool IsRefusal(string message) => RefusalCodes.Any(code => HasCode(message, code));

    internal static RedisUnavailableException NoAnswerInTime() =>
        new("Redis did not answer in time. The call may still be carried out.", unknownOutcome: true);

    internal static RedisUnavailableException Closed() =>
        new("The connection to Redis was closed. The call may have been carried out.", unknownOutcome: true);

    internal static RedisUnavailableException NotStarted() => new("The connection to Redis is not started.", unknownOutcome: false);

    /// <summary>A <see cref="RedisUnavailableException"/> where Redis or the connection is at fault, else the error itself.</summary>
    internal static Exception Translate(Exception error) => error switch
    {
        RedisServerException refusal when IsRefusal(refusal.Message) =>
            new RedisUnavailableException(refusal.Message, unknownOutcome: false, refusal),
        // Thrown before anything is sent: no connection, a closed multiplexer, a server known to be a replica.
        RedisConnectionException { FailureType: ConnectionFailureType.UnableToResolvePhysicalConnection } or ObjectDisposedException =>
            new RedisUnavailableException("Redis is not connected.", unknownOutcome: false, error),
        RedisCommandException replica when replica.Message.Contains("slave", StringComparison.Ordinal) =>
            new RedisUnavailableException("READONLY: this Redis is a replica.", unknownOutcome: false, error),
        RedisConnectionException lost =>
            new RedisUnavailableException($"The connection to Redis was lost ({lost.FailureType}).", unknownOutcome: true, error),
        TimeoutException or OperationCanceledException => new RedisUnavailableException("Redis did not answer.", unknownOutcome: true, error),
        _ => error,
    };

    private static bool HasCode(string message, string code) =>
        message.StartsWith(code, StringComparison.Ordinal) && (message.Length == code.Length || message[code.Length] is ' ' or ':');
}
