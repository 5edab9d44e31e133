using Workers.Jobs.Redis;

namespace Workers.Jobs;

/// <summary>Jobs in Redis: one method for each script. All may throw <see cref="RedisUnavailableException"/>.</summary>
public sealed class JobStore(RedisGate gate)
{
    /// <summary>Admits a job: durable when this returns <see cref="SubmitCode.Created"/>.</summary>
    public Task<SubmitOutcome> SubmitAsync(Submission submission, CancellationToken cancellation) => throw new NotImplementedException(gate.ToString());

    /// <summary>The job, or null.</summary>
    public Task<Job?> FindAsync(string id, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Newest first by submit sequence.</summary>
    public Task<JobPage> ListAsync(JobQuery query, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Jobs queued of that engine which are ahead of this one, at most 1,000 looked at.</summary>
    public Task<long> AheadAsync(Job job, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Takes the best queued job of an engine under a new lease, or null when there is none that this node may run.</summary>
    /// <param name="claim">Who asks and for what.</param>
    /// <param name="cancellation">Stops waiting; a claim answered later is handed back.</param>
    public Task<ClaimedJob?> ClaimAsync(ClaimRequest claim, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Names the worker that runs the attempt.</summary>
    public Task<LeaseOutcome> AssignAsync(Lease lease, string worker, int pid, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Extends leases by their duration; says which are lost and which are to be stopped.</summary>
    public Task<IReadOnlyList<RenewedLease>> RenewAsync(IReadOnlyList<Lease> leases, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Stores how far an attempt is (not an event; may be merged).</summary>
    public Task<LeaseOutcome> ReportProgressAsync(Lease lease, JobProgress progress, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Stores the newest picture so far (≤ 256 KB).</summary>
    public Task<LeaseOutcome> StoreSnapshotAsync(Lease lease, JobSnapshot snapshot, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>The newest picture so far, or null.</summary>
    public Task<JobSnapshot?> FindSnapshotAsync(string id, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Appends to the attempt's log; Redis keeps its last 64 KB.</summary>
    public Task AppendLogAsync(Lease lease, ReadOnlyMemory<byte> text, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>The last 64 KB of an attempt's log, or null.</summary>
    public Task<byte[]?> ReadLogAsync(string id, int attempt, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>The attempt delivered: registers its artifacts, references them, ends the job, writes the events; all in one step.</summary>
    public Task<LeaseOutcome> CompleteAsync(Lease lease, JobResult result, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>The attempt did not deliver.</summary>
    /// <param name="lease">Its lease.</param>
    /// <param name="failure">Why.</param>
    /// <param name="end">What follows. Counted and uncounted ends turn final when their limit is reached.</param>
    /// <param name="backOff">For <see cref="AttemptEnd.Counted"/>: how long to wait.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public Task<LeaseOutcome> FailAsync(Lease lease, JobFailure failure, AttemptEnd end, TimeSpan backOff, CancellationToken cancellation) =>
        throw new NotImplementedException();

    /// <summary>Cancels, or asks the running attempt to stop. Harmless to repeat.</summary>
    public Task<CancelOutcome> CancelAsync(string id, string reason, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Forgets an ended job.</summary>
    public Task<DeleteOutcome> DeleteAsync(string id, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Queues what is due, ends what waited too long; at most 100 of each. Returns how many moved.</summary>
    public Task<int> PromoteDueAsync(CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Takes expired leases away (the only place that does), at most 100; after a gap extends all instead.</summary>
    public Task<int> RecoverExpiredAsync(CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Gives back what a former incarnation of this node held.</summary>
    public Task<int> TakeBackAsync(string node, string boot, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Deletes ended jobs whose time to live is over, at most 100.</summary>
    public Task<int> SweepAsync(CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Counts per engine and state, oldest queued; one round trip.</summary>
    public Task<QueueSummary> SummarizeAsync(CancellationToken cancellation) => throw new NotImplementedException();
}

/// <summary>Who asks for work, and for what.</summary>
/// <param name="Engine">The engine.</param>
/// <param name="Node">The asking node.</param>
/// <param name="Boot">Its incarnation.</param>
/// <param name="Labels">The node's labels.</param>
/// <param name="LeaseDuration">How long the lease lasts (≤ 10 s), by Redis' clock.</param>
public sealed record ClaimRequest(
    string Engine, string Node, string Boot, IReadOnlyDictionary<string, string> Labels, TimeSpan LeaseDuration);

/// <summary>A picture so far.</summary>
public sealed record JobSnapshot(byte[] Bytes, string MediaType, int? Width, int? Height);

/// <summary>Filters and place of a list; all filters must hold.</summary>
public sealed record JobQuery
{
    /// <summary>In that state.</summary>
    public JobState? State { get; init; }

    /// <summary>Of that engine.</summary>
    public string? Engine { get; init; }

    /// <summary>With that tag.</summary>
    public string? Tag { get; init; }

    /// <summary>Of that client.</summary>
    public string? Client { get; init; }

    /// <summary>Children of that job.</summary>
    public string? Parent { get; init; }

    /// <summary>At most that many, 1–500.</summary>
    public int PageSize { get; init; } = 50;

    /// <summary>Only jobs of a lower submit sequence than this.</summary>
    public long? Before { get; init; }
}

/// <summary>A page of jobs; may hold fewer than asked while <see cref="Next"/> is not null.</summary>
/// <param name="Jobs">The jobs.</param>
/// <param name="Next">The <see cref="JobQuery.Before"/> of the next page, or null at the end.</param>
public sealed record JobPage(IReadOnlyList<Job> Jobs, long? Next);

/// <summary>The state of all queues.</summary>
/// <param name="Engines">By engine.</param>
public sealed record QueueSummary(IReadOnlyDictionary<string, EngineQueue> Engines);

/// <summary>One engine's jobs, and its counters since the installation began.</summary>
public sealed record EngineQueue
{
    /// <summary>Held back by other jobs.</summary>
    public long Waiting { get; init; }

    /// <summary>Held back by time.</summary>
    public long Scheduled { get; init; }

    /// <summary>Ready to run.</summary>
    public long Queued { get; init; }

    /// <summary>Running.</summary>
    public long Running { get; init; }

    /// <summary>Failed within the last hour.</summary>
    public long FailedLastHour { get; init; }

    /// <summary>Age of the oldest queued job in seconds; 0 when none.</summary>
    public double OldestQueuedSeconds { get; init; }

    /// <summary>Median run time of recent successes in seconds; null when none.</summary>
    public double? RecentRunSeconds { get; init; }

    /// <summary>Ended jobs since the beginning, by wire state.</summary>
    public IReadOnlyDictionary<string, long> Ended { get; init; } = new Dictionary<string, long>();
}
