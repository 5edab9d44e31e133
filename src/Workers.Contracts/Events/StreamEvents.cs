namespace Workers.Contracts;

/// <summary>Names of server-sent events. Durable ones carry an <c>id</c>; <c>progress</c> and <c>snapshot</c> carry none and may be merged.</summary>
public static class StreamEventNames
{
    /// <summary>How far the attempt is.</summary>
    public const string Progress = "progress";

    /// <summary>A new picture so far.</summary>
    public const string Snapshot = "snapshot";

    /// <summary>What the client asked to replay is older than the log: forget what you know and start from here.</summary>
    public const string Reset = "reset";
}

/// <summary>Data of <c>progress</c>.</summary>
public sealed record ProgressEvent(int Schema, string JobId, int Attempt, double? Fraction, string? Message, double? EtaSeconds);

/// <summary>Data of <c>snapshot</c>: where the picture is, never its bytes. Sizes in pixels.</summary>
public sealed record SnapshotEvent(int Schema, string JobId, string Url, string MediaType, int? Width, int? Height);

/// <summary>Data of <c>reset</c> in a job's stream: the job as it is now.</summary>
public sealed record JobResetEvent(int Schema, JobDocument Job);

/// <summary>Data of <c>reset</c> in the stream of all jobs: the position (event id) from which it goes on.</summary>
public sealed record FeedResetEvent(int Schema, string Position);
