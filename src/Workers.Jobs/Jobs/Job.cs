using System.Text.Json.Nodes;

namespace Workers.Jobs;

/// <summary>A job as Redis holds it. Immutable: a snapshot of one moment (<see cref="Version"/>).</summary>
public sealed record Job
{
    /// <summary>UUIDv7, or the id the client chose (<c>[A-Za-z0-9_-]{1,64}</c>).</summary>
    public required string Id { get; init; }

    /// <summary>Where it stands.</summary>
    public required JobState State { get; init; }

    /// <summary>True while a running job is being stopped.</summary>
    public bool CancelRequested { get; init; }

    /// <summary>What was asked for.</summary>
    public required JobSpecification Specification { get; init; }

    /// <summary>The name of the API key that submitted it; <c>anonymous</c> without keys.</summary>
    public required string Client { get; init; }

    /// <summary>Submit sequence: order of acknowledgement, kept by retries and requeues.</summary>
    public long Sequence { get; init; }

    /// <summary>Number of the newest attempt; 0 before the first.</summary>
    public int Attempt { get; init; }

    /// <summary>Every attempt so far, oldest first.</summary>
    public IReadOnlyList<JobAttempt> Attempts { get; init; } = [];

    /// <summary>How far the running attempt is.</summary>
    public JobProgress? Progress { get; init; }

    /// <summary>Its result, once succeeded.</summary>
    public JobResult? Result { get; init; }

    /// <summary>Why it failed or was canceled.</summary>
    public JobFailure? Failure { get; init; }

    /// <summary>The job this is a retry of.</summary>
    public string? RetryOf { get; init; }

    /// <summary>When it was acknowledged.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its newest attempt began.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it became terminal.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>When it last entered the queue.</summary>
    public DateTimeOffset? QueuedAt { get; init; }

    /// <summary>When it leaves <see cref="JobState.Scheduled"/>.</summary>
    public DateTimeOffset? RunAt { get; init; }

    /// <summary>Counts every change of the record: the strength of its ETag.</summary>
    public long Version { get; init; }

    /// <summary>Where its result may answer other requests, too.</summary>
    public JobCaching? Caching { get; init; }
}

/// <summary>What became of a job's result beyond the job.</summary>
/// <param name="Key">Of everything that decides the result.</param>
/// <param name="Unkept">Once it succeeded: why the result is not stored; empty where it is.</param>
/// <param name="Reads">Files that the result depends on (<c>root:NAME/path</c>) with their SHA-256 in hex.</param>
public sealed record JobCaching(string Key, string? Unkept, IReadOnlyDictionary<string, string> Reads);

/// <summary>What a client asked for; never changes, but for priority, tags and timeouts before it runs.</summary>
public sealed record JobSpecification
{
    /// <summary>The engine's name.</summary>
    public required string Engine { get; init; }

    /// <summary>The function's name.</summary>
    public required string Function { get; init; }

    /// <summary>For people; ≤ 200 characters.</summary>
    public string? Name { get; init; }

    /// <summary>The function's input, checked against its schema before it was queued.</summary>
    public required JsonObject Input { get; init; }

    /// <summary>0–100, higher first, strict.</summary>
    public int Priority { get; init; } = Priorities.Normal;

    /// <summary>Seconds one attempt may run; null: the engine's call timeout.</summary>
    public double? TimeoutSeconds { get; init; }

    /// <summary>Seconds it may wait to be started; null: no limit.</summary>
    public double? QueueTimeoutSeconds { get; init; }

    /// <summary>Counted attempts, 1–20.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>Not before this time.</summary>
    public DateTimeOffset? RunAfter { get; init; }

    /// <summary>Seconds the record lives after its end.</summary>
    public double TtlSeconds { get; init; } = 86_400;

    /// <summary>Jobs of one key (per client) run one at a time in acknowledged order.</summary>
    public string? OrderingKey { get; init; }

    /// <summary>Replaces not yet running jobs of this key (per client).</summary>
    public string? Supersedes { get; init; }

    /// <summary>Labels a node must carry.</summary>
    public IReadOnlyDictionary<string, string> Requires { get; init => field = value ?? new Dictionary<string, string>(); } = new Dictionary<string, string>();

    /// <summary>At most 16 tags of at most 64 characters.</summary>
    public IReadOnlyList<string> Tags { get; init => field = value ?? []; } = [];

    /// <summary>Free for the client; at most 32 entries.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init => field = value ?? new Dictionary<string, string>(); } = new Dictionary<string, string>();

    /// <summary>Hex digests of the assets its input names (without <c>root:</c> files), each once.</summary>
    public IReadOnlyList<string> Assets { get; init => field = value ?? []; } = [];

    /// <summary>W3C traceparent of the submit.</summary>
    public string? TraceParent { get; init; }
}

/// <summary>One try at a job.</summary>
public sealed record JobAttempt(
    int Number, string Node, string? Worker, int? Pid, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, JobFailure? Failure);

/// <summary>How far a running attempt is.</summary>
/// <param name="Fraction">0…1, or null when unknown.</param>
/// <param name="Message">What is being done.</param>
/// <param name="EtaSeconds">Estimated seconds left.</param>
public sealed record JobProgress(double? Fraction, string? Message, double? EtaSeconds);

/// <summary>What an attempt delivered.</summary>
public sealed record JobResult
{
    /// <summary>The function's JSON output (≤ 64 KB), or null.</summary>
    public JsonNode? Output { get; init; }

    /// <summary>Stored artifacts; the first is the main one.</summary>
    public IReadOnlyList<JobArtifact> Artifacts { get; init => field = value ?? []; } = [];

    /// <summary>What could not be done as asked.</summary>
    public IReadOnlyList<JobWarning> Warnings { get; init => field = value ?? []; } = [];

    /// <summary><c>cold</c>, <c>process</c> or <c>file</c>.</summary>
    public string Warm { get; init => field = value ?? "process"; } = "process";

    /// <summary>Where the time went.</summary>
    public JobTimings Timings { get; init => field = value ?? new(0, 0, 0); } = new(0, 0, 0);
}

/// <summary>A stored output. <paramref name="Asset"/> is <c>sha256:…</c>; sizes in bytes and pixels.</summary>
public sealed record JobArtifact(string Name, string Asset, string MediaType, long Size, int? Width, int? Height);

/// <summary>Something the function did differently, or not at all.</summary>
public sealed record JobWarning(string Code, string Detail);

/// <summary>Seconds spent loading files, running, and encoding outputs. (The time in the queue follows from the attempts.)</summary>
public sealed record JobTimings(double LoadSeconds, double RunSeconds, double EncodeSeconds);
