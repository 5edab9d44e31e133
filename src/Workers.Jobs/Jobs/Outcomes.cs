namespace Workers.Jobs;

/// <summary>What became of a submit.</summary>
public enum SubmitCode
{
    /// <summary>A new job.</summary>
    Created,

    /// <summary>The same request was acknowledged before; <see cref="SubmitOutcome.JobId"/> is that job.</summary>
    Repeated,

    /// <summary>The idempotency key, or the chosen id, belongs to a different request.</summary>
    Conflict,

    /// <summary>The idempotency key's job was deleted.</summary>
    Gone,

    /// <summary>The engine's queue is full.</summary>
    QueueFull,

    /// <summary>An asset of the input is not stored; <see cref="SubmitOutcome.Detail"/> is its hex.</summary>
    UnknownAsset,

    /// <summary>No job: the result is stored, <see cref="SubmitOutcome.Stored"/>.</summary>
    Hit,

    /// <summary>No new job: <see cref="SubmitOutcome.JobId"/> is making just this result, or has just failed to.</summary>
    Joined,
}

/// <summary>The answer of <c>submit.lua</c>.</summary>
/// <param name="Code">What became of it.</param>
/// <param name="JobId">The job, where there is one.</param>
/// <param name="State">Its state at that moment.</param>
/// <param name="Detail">More about a refusal.</param>
public sealed record SubmitOutcome(SubmitCode Code, string JobId, JobState? State, string? Detail)
{
    /// <summary>Of a <see cref="SubmitCode.Hit"/>: what is stored.</summary>
    public StoredResult? Stored { get; init; }
}

/// <summary>What the caller wants submitted; the id is made by the caller, so that repeating it is harmless.</summary>
public sealed record Submission
{
    /// <summary>UUIDv7 (<see cref="NewId"/>) or the client's own id; a job of that id with the same body is a repeat.</summary>
    public required string Id { get; init; }

    /// <summary>Who asks.</summary>
    public required string Client { get; init; }

    /// <summary>What is asked.</summary>
    public required JobSpecification Specification { get; init; }

    /// <summary>Idempotency-Key of the request.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>SHA-256 (hex) of the canonical request; decides whether a repeat is the same. Empty where nobody can repeat it: a new id, no key.</summary>
    public required string BodyHash { get; init; }

    /// <summary>The job this is a retry of.</summary>
    public string? RetryOf { get; init; }

    /// <summary>The client's share of the workers beside others of the same priority, 1–1,000.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>A request waits for the job's end: the hint that tells of it then brings the job with it.</summary>
    public bool Held { get; init; }

    /// <summary>Jobs this engine may have waiting, scheduled and queued.</summary>
    public int QueueLimit { get; init; } = 10_000;

    /// <summary>The result may be stored, and a stored one may answer; null: the job is nobody else's business.</summary>
    public CacheUse? Cache { get; init; }

    /// <summary>A new job id: UUID version 7 (RFC 9562), ordered by time.</summary>
    public static string NewId() => Guid.CreateVersion7().ToString();
}

/// <summary>What a write under a lease was answered.</summary>
public enum LeaseOutcome
{
    /// <summary>Written.</summary>
    Accepted,

    /// <summary>The lease is another's or gone: the attempt must be dropped, its result thrown away.</summary>
    Lost,

    /// <summary>The same was already written (a repeated call).</summary>
    Repeated,

    /// <summary>Nothing written: the bytes of an artifact are just being deleted. Store them again, then repeat.</summary>
    StoreAgain,
}

/// <summary>What a cancel was answered.</summary>
public enum CancelOutcome
{
    /// <summary>No such job.</summary>
    Unknown,

    /// <summary>It is canceled now.</summary>
    Canceled,

    /// <summary>It is running and was asked to stop.</summary>
    Stopping,

    /// <summary>It was over already.</summary>
    AlreadyOver,
}

/// <summary>What a delete was answered.</summary>
public enum DeleteOutcome
{
    /// <summary>No such job.</summary>
    Unknown,

    /// <summary>Forgotten, with its indexes and references.</summary>
    Deleted,

    /// <summary>It is not over yet: cancel it first.</summary>
    NotOver,
}

/// <summary>How an attempt that did not deliver ends.</summary>
public enum AttemptEnd
{
    /// <summary>The job fails for good.</summary>
    Final,

    /// <summary>Another attempt after a back-off, counted in <c>maxAttempts</c>.</summary>
    Counted,

    /// <summary>Given back to the queue at once and not counted (≤ 20 times): drain, recycle, outage, node lost.</summary>
    Uncounted,
}

/// <summary>A job under a fresh lease.</summary>
/// <param name="Job">The job, running.</param>
/// <param name="Lease">Its lease.</param>
/// <param name="Queued">Jobs of the engine that were still queued then; 0: another claim at once would find nothing.</param>
/// <param name="Ahead">Assets of the job that was next then, hex; empty where that was not asked.</param>
public sealed record ClaimedJob(Job Job, Lease Lease, long Queued, IReadOnlyList<string> Ahead);

/// <summary>What a renewal says about one lease.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Held">False: lost, drop the attempt.</param>
/// <param name="CancelRequested">Stop the attempt.</param>
public readonly record struct RenewedLease(string JobId, bool Held, bool CancelRequested);

/// <summary>Who asks for work, and for what. The worker is reserved before the claim.</summary>
/// <param name="Engine">The engine.</param>
/// <param name="Node">The asking node.</param>
/// <param name="Boot">Its incarnation.</param>
/// <param name="Worker">The worker that will run the attempt.</param>
/// <param name="Pid">That worker's process id.</param>
/// <param name="Labels">The node's labels.</param>
public sealed record ClaimRequest(
    string Engine, string Node, string Boot, string Worker, int Pid, IReadOnlyDictionary<string, string> Labels)
{
    /// <summary>
    /// Idle workers that hold a file open, the reserved one first: a job whose file one of them holds goes before others of its priority, to that
    /// worker. The job that would have been next may be passed over eight times, and for five seconds.
    /// </summary>
    public IReadOnlyList<FileHolder> Holders { get; init; } = [];

    /// <summary>Files that busy workers of this node hold open: their jobs are left to those, for as long.</summary>
    public IReadOnlyList<string> Taken { get; init; } = [];

    /// <summary>Tell which assets the job needs that is next (<see cref="ClaimedJob.Ahead"/>).</summary>
    public bool LookAhead { get; init; }

    /// <summary>Attempts at this engine keep failing on this node: it takes only jobs that no other node may run.</summary>
    public bool HeldBack { get; init; }

    /// <summary>Functions that the worker has room for; null: any. A job of another function is not passed over: it waits for a worker of its own.</summary>
    public IReadOnlyList<string>? Functions { get; init; }

    /// <summary>The worker is kept for jobs of this priority and more; null: any.</summary>
    public int? LeastPriority { get; init; }
}

/// <summary>Whether to end a running job for a queued one.</summary>
/// <param name="Engine">The engine of both.</param>
/// <param name="Node">The node that runs the one and would run the other.</param>
/// <param name="Labels">What it carries.</param>
/// <param name="Running">The job it would end; one that has been raised to the least priority meanwhile goes on.</param>
/// <param name="LeastPriority">Of the queued one.</param>
public sealed record RoomRequest(string Engine, string Node, IReadOnlyDictionary<string, string> Labels, string Running, int LeastPriority);

/// <summary>An idle worker with a file open.</summary>
/// <param name="Worker">The worker.</param>
/// <param name="Pid">Its process id.</param>
/// <param name="File">The file as a job's input names it.</param>
public sealed record FileHolder(string Worker, int Pid, string File);

/// <summary>A picture so far.</summary>
/// <param name="Bytes">The encoded picture, ≤ 256 KB.</param>
/// <param name="MediaType">Its type.</param>
/// <param name="Width">Pixels, where known.</param>
/// <param name="Height">Pixels, where known.</param>
public sealed record JobSnapshot(byte[] Bytes, string MediaType, int? Width, int? Height);

/// <summary>What a change of a job was answered.</summary>
public enum ChangeOutcome
{
    /// <summary>Changed.</summary>
    Changed,

    /// <summary>There is no such job.</summary>
    Unknown,

    /// <summary>Somebody else changed it meanwhile: read it again.</summary>
    Stale,

    /// <summary>It runs already. HTTP: 409.</summary>
    Begun,

    /// <summary>It is over. HTTP: 409.</summary>
    Over,
}
