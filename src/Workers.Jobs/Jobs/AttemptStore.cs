using System.Globalization;
using System.Text.Json;
using StackExchange.Redis;
using Workers.Jobs.Assets;
using Workers.Jobs.Events;
using Workers.Jobs.Redis;

namespace Workers.Jobs;

/// <summary>
/// What nodes write: claims, renewals, progress, ends of attempts. Every write carries the lease's token; a wrong one is answered
/// <see cref="LeaseOutcome.Lost"/>. All may throw <see cref="RedisUnavailableException"/>, and all but the claim are harmless to repeat.
/// </summary>
public sealed class AttemptStore(RedisGate gate, Hints? hints = null)
{
    private static readonly LuaScript ClaimScript = LuaScript.Load("claim");
    private static readonly LuaScript MakeRoomScript = LuaScript.Load("make_room");
    private static readonly LuaScript RenewScript = LuaScript.Load("renew");
    private static readonly LuaScript ProgressScript = LuaScript.Load("progress");
    private static readonly LuaScript CompleteScript = LuaScript.Load("complete");
    private static readonly LuaScript FailScript = LuaScript.Load("fail");
    private static readonly LuaScript TakeBackScript = LuaScript.Load("take_back");
    private static readonly RedisKey[] Keys = [RedisKeys.Root];
    private static readonly string NothingStored = "[]";
    private static readonly JobFailure LateClaim = new(FailureKinds.NodeLost, "The claim was answered too late and handed back.", Retryable: true);

    /// <summary>Takes the best queued job of an engine under a new lease, or null when there is none that this node may run.</summary>
    /// <param name="claim">Who asks, and for what.</param>
    /// <param name="cancellation">Stops waiting; a claim answered later is handed back to the queue, uncounted.</param>
    public async Task<ClaimedJob?> ClaimAsync(ClaimRequest claim, CancellationToken cancellation)
    {
        var token = Lease.NewToken();
        RedisValue[] arguments =
        [
            "engine", claim.Engine, "node", claim.Node, "boot", claim.Boot, "worker", claim.Worker, "pid", claim.Pid,
            "labels", LabelsArgument(claim.Labels),
            "token", token, "lease", (long)JobStore.LeaseDuration.TotalMilliseconds, "held", claim.HeldBack ? "1" : "",
            .. HoldersArgument(claim.Holders),
            .. claim.Taken.Count == 0 ? Array.Empty<RedisValue>() : ["taken", string.Join('\n', claim.Taken)],
            .. claim.LookAhead ? (RedisValue[])["ahead", "1"] : [],
            .. claim.Functions is null ? Array.Empty<RedisValue>() : ["functions", string.Join('\n', claim.Functions)],
            .. claim.LeastPriority is { } least ? (RedisValue[])["least", least] : [],
        ];
        return Claimed(await gate.EvaluateAsync(ClaimScript, Keys, arguments, cancellation, HandBackAsync), token);

        async Task HandBackAsync(RedisResult late)
        {
            if (Claimed(late, token) is { } claimed)
                await FailAsync(claimed.Lease, LateClaim, AttemptEnd.Uncounted, TimeSpan.Zero, CancellationToken.None);
        }
    }

    /// <summary>Whether a job is queued for which this node, and no other, should end what it does.</summary>
    /// <param name="request">Who asks, and for what.</param>
    /// <param name="answeredFor">For how long nobody else is told so of that job.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<bool> ShouldMakeRoomAsync(RoomRequest request, TimeSpan answeredFor, CancellationToken cancellation)
    {
        RedisValue[] arguments =
        [
            "engine", request.Engine, "node", request.Node, "labels", LabelsArgument(request.Labels),
            "least", request.LeastPriority, "running", request.Running, "for", (long)answeredFor.TotalMilliseconds,
        ];
        return !(await gate.EvaluateAsync(MakeRoomScript, Keys, arguments, cancellation)).IsNull;
    }

    /// <summary>Extends leases by their duration; says which are lost and which are to be stopped. Same order as asked.</summary>
    public async Task<IReadOnlyList<RenewedLease>> RenewAsync(IReadOnlyList<Lease> leases, CancellationToken cancellation)
    {
        if (leases.Count == 0)
            return [];
        var arguments = leases.SelectMany(lease => new RedisValue[] { lease.JobId, lease.Token }).ToArray();
        var replies = (string[])(await gate.EvaluateAsync(RenewScript, Keys, arguments, cancellation))!;
        return leases.Select((lease, i) => new RenewedLease(lease.JobId, replies[i] != "lost", replies[i] == "cancel")).ToList();
    }

    /// <summary>Stores how far an attempt is (not an event; may be merged).</summary>
    public Task<LeaseOutcome> ReportProgressAsync(Lease lease, JobProgress progress, CancellationToken cancellation) =>
        WriteProgressAsync(lease, ["progress", JsonSerializer.Serialize(progress, JobJson.Default.JobProgress)], cancellation);

    /// <summary>Stores the newest picture so far (≤ 256 KB); it goes when the job ends.</summary>
    public Task<LeaseOutcome> StoreSnapshotAsync(Lease lease, JobSnapshot snapshot, CancellationToken cancellation) =>
        WriteProgressAsync(
            lease,
            ["snapshot", snapshot.Bytes, "mediaType", snapshot.MediaType, "width", snapshot.Width ?? 0, "height", snapshot.Height ?? 0],
            cancellation);

    /// <summary>Appends to the attempt's log; Redis keeps its last 64 KB, and for a day after the attempt.</summary>
    public Task<LeaseOutcome> AppendLogAsync(Lease lease, ReadOnlyMemory<byte> text, CancellationToken cancellation) =>
        WriteProgressAsync(lease, ["log", text.ToArray()], cancellation);

    /// <summary>The newest picture so far of a running job, or null.</summary>
    public async Task<JobSnapshot?> FindSnapshotAsync(string id, CancellationToken cancellation)
    {
        var values = await gate.CallAsync(
            database => database.HashGetAsync(RedisKeys.Of("job_snapshot", id), ["bytes", "mediaType", "width", "height"]), cancellation);
        static int? Size(RedisValue value) => (int)value is > 0 and var size ? size : null;
        return values[0].IsNull ? null : new JobSnapshot(values[0]!, values[1]!, Size(values[2]), Size(values[3]));
    }

    /// <summary>The last 64 KB of an attempt's log, or null.</summary>
    public async Task<byte[]?> ReadLogAsync(string id, int attempt, CancellationToken cancellation) =>
        await gate.CallAsync(
            database => database.StringGetAsync(RedisKeys.Of("job_log", id, attempt.ToString(CultureInfo.InvariantCulture))),
            cancellation);

    /// <summary>The attempt delivered: registers its artifacts, references them, ends the job, writes the events; all in one step.</summary>
    /// <param name="lease">Its lease.</param>
    /// <param name="result">What it delivered; the bytes of its artifacts are in the blob store, or among <paramref name="carried"/>.</param>
    /// <param name="carried">Small outputs that go to Redis in the same step, at most <see cref="ArrivingBytes.MostOfOneJob"/> in all.</param>
    /// <param name="keeping">Of a job with a cache key: whether the result may answer others, too.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<LeaseOutcome> CompleteAsync(
        Lease lease, JobResult result, IReadOnlyList<CarriedBytes> carried, Keeping? keeping, CancellationToken cancellation) =>
        Outcome((await WriteEndAsync(lease, result, carried, keeping, [], cancellation))[0]);

    /// <summary>The same, and requests that wait in this process are told without a message of Redis.</summary>
    /// <param name="claimed">The job as it was claimed.</param>
    /// <param name="result">As above.</param>
    /// <param name="carried">As above.</param>
    /// <param name="keeping">As above.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<LeaseOutcome> CompleteAsync(
        ClaimedJob claimed, JobResult result, IReadOnlyList<CarriedBytes> carried, Keeping? keeping, CancellationToken cancellation)
    {
        var reply = await WriteEndAsync(
            claimed.Lease, result, carried, keeping, hints is null ? [] : ["process", hints.Process], cancellation);
        var outcome = Outcome(reply[0]);
        if (outcome is LeaseOutcome.Accepted or LeaseOutcome.Repeated)
            hints?.Tell(claimed.Job.Id, () => reply.Length > 1 ? Succeeded(claimed.Job, result, keeping, reply) : null);
        return outcome;
    }

    // What complete.lua made of the job's record, without reading it again.
    private static Job Succeeded(Job claimed, JobResult result, Keeping? keeping, RedisResult[] reply)
    {
        var endedAt = DateTimeOffset.FromUnixTimeMilliseconds((long)reply[1]);
        return claimed with
        {
            State = JobState.Succeeded,
            Specification = claimed.Specification with { Priority = (int)reply[3] }, // Whoever joined it may have raised it.
            Attempts = [.. claimed.Attempts.SkipLast(1), claimed.Attempts[^1] with { EndedAt = endedAt }],
            Progress = null,
            Result = result,
            EndedAt = endedAt,
            Version = (long)reply[2],
            Caching = claimed.Caching is { } caching
                ? caching with { Unkept = (string)reply[4]!, Reads = keeping?.Reads ?? caching.Reads }
                : null,
        };
    }

    private async Task<RedisResult[]> WriteEndAsync(
        Lease lease, JobResult result, IReadOnlyList<CarriedBytes> carried, Keeping? keeping, RedisValue[] more, CancellationToken cancellation)
    {
        var outputs = result.Artifacts.Select(artifact => new JobRecord.OutputRecord(
            AssetId.Hex(artifact.Asset), artifact.Size, artifact.MediaType, artifact.Name)).ToArray();
        RedisValue[] arguments =
        [
            "id", lease.JobId, "token", lease.Token,
            "result", JsonSerializer.Serialize(result, JobJson.Default.JobResult),
            "outputs", outputs.Length == 0 ? NothingStored : JsonSerializer.Serialize(outputs, JobJson.Default.OutputRecordArray),
            .. carried.SelectMany(one => new RedisValue[] { "bytes:" + one.Hex, one.Bytes }),
            .. keeping?.Arguments() ?? [],
            .. more,
        ];
        return (RedisResult[])(await gate.EvaluateAsync(CompleteScript, Keys, arguments, cancellation))!;
    }

    /// <summary>The same for a job whose result is its own.</summary>
    public Task<LeaseOutcome> CompleteAsync(
        Lease lease, JobResult result, IReadOnlyList<CarriedBytes> carried, CancellationToken cancellation) =>
        CompleteAsync(lease, result, carried, null, cancellation);

    /// <summary>The same where the blob store has all outputs.</summary>
    public Task<LeaseOutcome> CompleteAsync(Lease lease, JobResult result, CancellationToken cancellation) =>
        CompleteAsync(lease, result, [], null, cancellation);

    /// <summary>The attempt did not deliver.</summary>
    /// <param name="lease">Its lease.</param>
    /// <param name="failure">Why.</param>
    /// <param name="end">What follows. Counted and uncounted ends turn final when their limit is reached.</param>
    /// <param name="backOff">For <see cref="AttemptEnd.Counted"/>: how long to wait.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<LeaseOutcome> FailAsync(
        Lease lease, JobFailure failure, AttemptEnd end, TimeSpan backOff, CancellationToken cancellation)
    {
        var how = end switch { AttemptEnd.Final => "final", AttemptEnd.Counted => "counted", _ => "uncounted" };
        RedisValue[] arguments =
        [
            "id", lease.JobId, "token", lease.Token, "failure", JsonSerializer.Serialize(failure, JobJson.Default.JobFailure), "how", how,
            "crash", failure.Kind == FailureKinds.EngineCrashed ? "1" : "", "backOff", (long)backOff.TotalMilliseconds,
        ];
        return Outcome(await gate.EvaluateAsync(FailScript, Keys, arguments, cancellation));
    }

    /// <summary>Gives back what a former incarnation of this node held; returns how many.</summary>
    public async Task<int> TakeBackAsync(string node, string boot, CancellationToken cancellation) =>
        (int)await gate.EvaluateAsync(TakeBackScript, Keys, ["node", node, "boot", boot], cancellation);

    private static RedisValue LabelsArgument(IReadOnlyDictionary<string, string> labels) =>
        string.Join('\n', labels.Select(label => label.Key + "=" + label.Value));

    private static RedisValue[] HoldersArgument(IReadOnlyList<FileHolder> holders) =>
        holders.Count == 0
            ? []
            : ["holders", string.Join('\n', holders.Select(holder => FormattableString.Invariant($"{holder.Worker} {holder.Pid} {holder.File}")))];

    private async Task<LeaseOutcome> WriteProgressAsync(Lease lease, RedisValue[] more, CancellationToken cancellation)
    {
        RedisValue[] arguments = ["id", lease.JobId, "token", lease.Token, "attempt", lease.Attempt, .. more];
        return (string)(await gate.EvaluateAsync(ProgressScript, Keys, arguments, cancellation))! == "ok" ? LeaseOutcome.Accepted : LeaseOutcome.Lost;
    }

    private static ClaimedJob? Claimed(RedisResult reply, string token)
    {
        if (reply.IsNull)
            return null;
        var parts = (RedisResult[])reply!;
        var job = JobRecord.Read((string)parts[0]!, (RedisValue[])parts[1]!);
        return new ClaimedJob(job, new Lease(job.Id, job.Attempt, token), (long)parts[2], ((string)parts[3]!).Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    private static LeaseOutcome Outcome(RedisResult reply) => (string)reply! switch
    {
        "accepted" => LeaseOutcome.Accepted,
        "repeated" => LeaseOutcome.Repeated,
        "lost" => LeaseOutcome.Lost,
        "being_deleted" => LeaseOutcome.StoreAgain,
        var other => throw new InvalidOperationException($"A script answered '{other}'."),
    };
}
