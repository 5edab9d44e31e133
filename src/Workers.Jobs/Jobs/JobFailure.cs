namespace Workers.Jobs;

/// <summary>Why a job or an attempt did not succeed.</summary>
/// <param name="Kind">One of <see cref="FailureKinds"/>.</param>
/// <param name="Message">What failed, why, and what to do; for a person.</param>
/// <param name="Retryable">Whether submitting the same again may help.</param>
/// <param name="Pointer">For <c>invalid_input</c>: the place in the input, RFC 6901.</param>
/// <param name="Reason">For <c>canceled</c>: one of <see cref="CancelReasons"/>; null where a client wished it.</param>
public sealed record JobFailure(string Kind, string Message, bool Retryable = false, string? Pointer = null, string? Reason = null);

/// <summary>Why a job was canceled that no client canceled (wire names).</summary>
public static class CancelReasons
{
    /// <summary>A newer job of its superseding key took its place.</summary>
    public const string Superseded = "superseded";
}

/// <summary>The closed set of failure kinds (wire names).</summary>
public static class FailureKinds
{
    /// <summary>The input is wrong in a way the schema could not say. Final.</summary>
    public const string InvalidInput = "invalid_input";

    /// <summary>The function raised. Final, unless it raised Retryable.</summary>
    public const string EngineError = "engine_error";

    /// <summary>The worker died or broke the protocol. Tried again; two in a row end the job.</summary>
    public const string EngineCrashed = "engine_crashed";

    /// <summary>No sign of life for the engine's stall timeout. Tried again.</summary>
    public const string Stalled = "stalled";

    /// <summary>The job's time was over. Final.</summary>
    public const string Deadline = "deadline";

    /// <summary>Ended by a cancel, or superseded.</summary>
    public const string Canceled = "canceled";

    /// <summary>Its node was lost more often than is allowed.</summary>
    public const string NodeLost = "node_lost";

    /// <summary>Its worker was wanted for a job in a hurry. Back to its place in the queue, not counted.</summary>
    public const string Preempted = "preempted";

    /// <summary>What the worker wrote is missing, a link, outside its folder, or too large. Final.</summary>
    public const string OutputRejected = "output_rejected";

    /// <summary>The artifact could not be stored. Tried again.</summary>
    public const string StoreFailed = "store_failed";

    /// <summary>It was not started in time. Final.</summary>
    public const string QueueTimeout = "queue_timeout";
}
