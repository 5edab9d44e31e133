using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Workers.Contracts;

/// <summary>A job at one moment.</summary>
public sealed record JobDocument
{
    /// <summary>UUIDv7, or the id the client chose with PUT.</summary>
    public required string Id { get; init; }

    /// <summary>A name for people.</summary>
    public string? Name { get; init; }

    /// <summary>waiting, scheduled, queued, running, succeeded, failed or canceled.</summary>
    public required string State { get; init; }

    /// <summary>True while a running job is being stopped.</summary>
    public bool CancelRequested { get; init; }

    /// <summary>The engine's name.</summary>
    public required string Engine { get; init; }

    /// <summary>The function's name.</summary>
    public required string Function { get; init; }

    /// <summary>Name of the API key that submitted it; <c>anonymous</c> without keys.</summary>
    public required string Client { get; init; }

    /// <summary>Number of the newest attempt; 0 before the first.</summary>
    public int Attempt { get; init; }

    /// <summary>Counted attempts allowed, 1–20.</summary>
    public int MaxAttempts { get; init; }

    /// <summary>0–100, higher first.</summary>
    public int Priority { get; init; }

    /// <summary>How far the running attempt is; null before the first report.</summary>
    public JobProgressDocument? Progress { get; init; }

    /// <summary>Its place in the queue; null unless queued.</summary>
    public JobQueueDocument? Queue { get; init; }

    /// <summary>The worker of the newest attempt; null before one was assigned.</summary>
    public JobWorkerDocument? Worker { get; init; }

    /// <summary>
    /// <c>cold</c> (first call of a process), <c>process</c> (warm process, file not loaded) or <c>file</c> (file was open); null before the end.
    /// </summary>
    public string? Warm { get; init; }

    /// <summary>Where the time went; null before the end.</summary>
    public JobTimingsDocument? Timings { get; init; }

    /// <summary>The function's JSON result, at most 64 KB; larger ones become an artifact.</summary>
    public JsonNode? Output { get; init; }

    /// <summary>Stored outputs; the first is the main one.</summary>
    public IReadOnlyList<ArtifactDocument> Artifacts { get; init; } = [];

    /// <summary>What was done differently from what was asked, or not at all.</summary>
    public IReadOnlyList<WarningDocument> Warnings { get; init; } = [];

    /// <summary>Why it failed or was canceled.</summary>
    public FailureDocument? Failure { get; init; }

    /// <summary>Every attempt so far, oldest first.</summary>
    public IReadOnlyList<AttemptDocument> Attempts { get; init; } = [];

    /// <summary>The client's tags.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The client's metadata.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>The job this is a retry of.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RetryOf { get; init; }

    /// <summary>The input, only with <c>?include=input</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonObject? Input { get; init; }

    /// <summary>When it was acknowledged.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it may leave <c>scheduled</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? RunAt { get; init; }

    /// <summary>When its newest attempt began.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Where its parts are.</summary>
    public required JobLinks Links { get; init; }
}

/// <summary>How far an attempt is.</summary>
/// <param name="Fraction">0…1; null: unknown.</param>
/// <param name="Message">What is being done.</param>
/// <param name="EtaSeconds">Estimated seconds left; null: unknown.</param>
public sealed record JobProgressDocument(double? Fraction, string? Message, double? EtaSeconds);

/// <summary>Place in the queue.</summary>
/// <param name="Ahead">Jobs of the engine ahead of it.</param>
/// <param name="EtaSeconds">Estimated seconds to the start; null: nothing to estimate from.</param>
public sealed record JobQueueDocument(long Ahead, double? EtaSeconds);

/// <summary>Who runs it.</summary>
/// <param name="Id">The worker on its node: <c>{engine}-{slot}</c>.</param>
/// <param name="Node">Its node.</param>
/// <param name="Pid">Its process id there.</param>
public sealed record JobWorkerDocument(string Id, string Node, int? Pid);

/// <summary>Where the newest attempt's seconds went.</summary>
/// <param name="QueueSeconds">Waiting for its start.</param>
/// <param name="LoadSeconds">Loading files.</param>
/// <param name="RunSeconds">Running, without loading and encoding.</param>
/// <param name="EncodeSeconds">Encoding outputs.</param>
public sealed record JobTimingsDocument(double QueueSeconds, double LoadSeconds, double RunSeconds, double EncodeSeconds);

/// <summary>A stored output.</summary>
/// <param name="Name">Its file name.</param>
/// <param name="Asset"><c>sha256:…</c>; may be an input of other jobs.</param>
/// <param name="MediaType">Its media type.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Width">Pixels, of a picture.</param>
/// <param name="Height">Pixels, of a picture.</param>
/// <param name="Url">Where to get it.</param>
public sealed record ArtifactDocument(string Name, string Asset, string MediaType, long Size, int? Width, int? Height, string Url);

/// <summary>Something the function did differently, or not at all.</summary>
/// <param name="Code">For programs.</param>
/// <param name="Detail">For people.</param>
public sealed record WarningDocument(string Code, string Detail);

/// <summary>Why a job or attempt did not succeed.</summary>
/// <param name="Kind"><c>invalid_input</c>, <c>engine_error</c>, <c>engine_crashed</c>, <c>stalled</c>, <c>deadline</c>, <c>canceled</c>, <c>node_lost</c>, <c>preempted</c> (of an
/// attempt: its worker was wanted for a job of a higher priority; it is tried again, uncounted), <c>output_rejected</c>, <c>store_failed</c> or <c>queue_timeout</c>.</param>
/// <param name="Message">For people.</param>
/// <param name="Retryable">Whether submitting the same again may help.</param>
/// <param name="Pointer">The place in the input that is at fault (RFC 6901).</param>
/// <param name="Reason">Why it was canceled.</param>
public sealed record FailureDocument(
    string Kind, string Message, bool Retryable, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Pointer,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason);

/// <summary>One try at a job.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Node">Where.</param>
/// <param name="Worker">By which worker there: <c>{engine}-{slot}</c>.</param>
/// <param name="StartedAt">When it was claimed.</param>
/// <param name="EndedAt">When it ended; null while it runs.</param>
/// <param name="Failure">Why it did not deliver; null where it did, or runs.</param>
public sealed record AttemptDocument(
    int Number, string Node, string? Worker, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, FailureDocument? Failure);

/// <summary>Paths of a job's parts.</summary>
/// <param name="Self">The job.</param>
/// <param name="Events">Its events (SSE). With API keys on it carries a ticket of ten minutes for EventSource.</param>
/// <param name="Result">Its result.</param>
/// <param name="Log">The newest attempt's log.</param>
public sealed record JobLinks(string Self, string Events, string Result, string Log);

/// <summary>A page of jobs, newest first.</summary>
/// <param name="Jobs">The jobs.</param>
/// <param name="NextPageToken">For the next page; null on the last.</param>
public sealed record JobListDocument(IReadOnlyList<JobDocument> Jobs, string? NextPageToken);
