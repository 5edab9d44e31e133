using System.Text.Json;
using StackExchange.Redis;
using Workers.Jobs.Events;
using Workers.Jobs.Redis;

namespace Workers.Jobs;

/// <summary>
/// Jobs as clients see them: submit, read, cancel, delete; and what keeps the queues moving. Attempts write through <see cref="AttemptStore"/>. One
/// method for each script; all may throw <see cref="RedisUnavailableException"/>, and all are harmless to repeat.
/// </summary>
public sealed class JobStore(RedisGate gate, Hints? hints = null)
{
    private static readonly LuaScript SubmitScript = LuaScript.Load("submit");
    private static readonly LuaScript CancelScript = LuaScript.Load("cancel");
    private static readonly LuaScript DeleteScript = LuaScript.Load("delete");
    private static readonly LuaScript ChangeScript = LuaScript.Load("change");
    private static readonly LuaScript PromoteScript = LuaScript.Load("promote");
    private static readonly LuaScript RecoverScript = LuaScript.Load("recover");
    private static readonly RedisKey[] Keys = [RedisKeys.Root];
    private const int Batch = 100;

    /// <summary>How long a lease lasts without renewal, by Redis' clock.</summary>
    public static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(10);

    /// <summary>Admits a job: durable when this returns <see cref="SubmitCode.Created"/>.</summary>
    public async Task<SubmitOutcome> SubmitAsync(Submission submission, CancellationToken cancellation)
    {
        var submitted = gate.EvaluateAsync(SubmitScript, Keys, SubmitArguments(submission), cancellation);
        // It is on its way: a node of this process may send its claim right behind it, on the same connection.
        if (submission.Specification.RunAfter is null)
            hints?.Expect(submission.Id, submission.Specification.Engine, submission.Specification.Priority);
        var reply = (RedisResult[])(await submitted)!;
        var detail = (string)reply[1]!;
        return (string)reply[0]! switch
        {
            "created" => new SubmitOutcome(SubmitCode.Created, detail, JobStates.Parse((string)reply[2]!), null),
            "repeated" => new SubmitOutcome(SubmitCode.Repeated, detail, JobStates.Parse((string)reply[2]!), null),
            "conflict" => new SubmitOutcome(SubmitCode.Conflict, detail, null, null),
            "gone" => new SubmitOutcome(SubmitCode.Gone, detail, null, null),
            "queue_full" => new SubmitOutcome(SubmitCode.QueueFull, submission.Id, null, detail),
            "unknown_asset" => new SubmitOutcome(SubmitCode.UnknownAsset, submission.Id, null, detail),
            "hit" => new SubmitOutcome(SubmitCode.Hit, detail, null, null) { Stored = StoredResult.Read(detail, (string)reply[2]!, (string)reply[3]!) },
            "joined" => new SubmitOutcome(SubmitCode.Joined, detail, JobStates.Parse((string)reply[2]!), null),
            var other => throw new InvalidOperationException($"submit.lua answered '{other}'."),
        };
    }

    /// <summary>The job, or null.</summary>
    public async Task<Job?> FindAsync(string id, CancellationToken cancellation) =>
        JobRecord.Read(id, await gate.CallAsync(database => database.HashGetAllAsync(RedisKeys.Job(id)), cancellation));

    /// <summary>Newest first by submit sequence. Filters that no index serves are applied afterwards, so a page may hold fewer than asked.</summary>
    public async Task<JobPage> ListAsync(JobQuery query, CancellationToken cancellation)
    {
        var index = query switch
        {
            { State: { } state } => RedisKeys.Of("index", "state", state.Wire()),
            { Tag: { } tag } => RedisKeys.Of("index", "tag", tag),
            { Client: { } client } => RedisKeys.Of("index", "client", client),
            { Engine: { } engine } => RedisKeys.Of("index", "engine", engine),
            _ => RedisKeys.Of("jobs"),
        };
        var below = query.Before is { } before ? before : double.PositiveInfinity;
        var entries = await gate.CallAsync(
            database => database.SortedSetRangeByScoreWithScoresAsync(
                index, double.NegativeInfinity, below, Exclude.Stop, Order.Descending, 0, query.PageSize),
            cancellation);
        var jobs = await Task.WhenAll(entries.Select(entry => FindAsync((string)entry.Element!, cancellation)));
        long? next = entries.Length == query.PageSize ? (long)entries[^1].Score : null;
        return new JobPage(jobs.OfType<Job>().Where(job => Fits(job, query)).ToList(), next);
    }

    /// <summary>Changes priority, tags and time limits of a job that has not begun. Nothing else of its specification is looked at.</summary>
    /// <param name="job">As it was read; another version by now is <see cref="ChangeOutcome.Stale"/>.</param>
    /// <param name="specification">As it shall be.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<ChangeOutcome> ChangeAsync(Job job, JobSpecification specification, CancellationToken cancellation)
    {
        RedisValue[] arguments =
        [
            "id", job.Id, "version", job.Version, "spec", JobRecord.Write(specification), "priority", specification.Priority,
            "tags", string.Join('\n', specification.Tags),
        ];
        return (string)(await gate.EvaluateAsync(ChangeScript, Keys, arguments, cancellation))! switch
        {
            "changed" => ChangeOutcome.Changed,
            "unknown" => ChangeOutcome.Unknown,
            "stale" => ChangeOutcome.Stale,
            "begun" => ChangeOutcome.Begun,
            "over" => ChangeOutcome.Over,
            var other => throw new InvalidOperationException($"change.lua answered '{other}'."),
        };
    }

    /// <summary>Cancels, or asks the running attempt to stop. Harmless to repeat.</summary>
    /// <param name="id">The job.</param>
    /// <param name="reason">For people; becomes the failure's message.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<CancelOutcome> CancelAsync(string id, string reason, CancellationToken cancellation)
    {
        var failure = JsonSerializer.Serialize(new JobFailure(FailureKinds.Canceled, reason), JobJson.Default.JobFailure);
        return (string)(await gate.EvaluateAsync(CancelScript, Keys, ["id", id, "failure", failure], cancellation))! switch
        {
            "unknown" => CancelOutcome.Unknown,
            "canceled" => CancelOutcome.Canceled,
            "stopping" => CancelOutcome.Stopping,
            "over" => CancelOutcome.AlreadyOver,
            var other => throw new InvalidOperationException($"cancel.lua answered '{other}'."),
        };
    }

    /// <summary>Forgets an ended job.</summary>
    public async Task<DeleteOutcome> DeleteAsync(string id, CancellationToken cancellation) =>
        (string)(await gate.EvaluateAsync(DeleteScript, Keys, ["id", id], cancellation))! switch
        {
            "unknown" => DeleteOutcome.Unknown,
            "deleted" => DeleteOutcome.Deleted,
            "not_over" => DeleteOutcome.NotOver,
            var other => throw new InvalidOperationException($"delete.lua answered '{other}'."),
        };

    /// <summary>Queues what is due, ends what waited too long; at most 100 of each. Returns how many moved.</summary>
    public async Task<int> PromoteDueAsync(CancellationToken cancellation) =>
        (int)await gate.EvaluateAsync(PromoteScript, Keys, ["limit", Batch], cancellation);

    /// <summary>
    /// Takes expired leases away, at most 100, and answers how many. After a gap in the ticks it extends all instead and answers −1, and −2 where
    /// nobody has ticked before.
    /// </summary>
    public async Task<int> RecoverExpiredAsync(CancellationToken cancellation) =>
        (int)await gate.EvaluateAsync(
            RecoverScript, Keys, ["limit", Batch, "lease", (long)LeaseDuration.TotalMilliseconds], cancellation);

    /// <summary>Deletes ended jobs whose time to live is over, at most 100.</summary>
    public async Task<int> SweepAsync(CancellationToken cancellation) =>
        (int)await gate.EvaluateAsync(DeleteScript, Keys, ["id", "", "limit", Batch], cancellation);

    private static bool Fits(Job job, JobQuery query) =>
        (query.State is null || job.State == query.State)
        && (query.Engine is null || job.Specification.Engine == query.Engine)
        && (query.Client is null || job.Client == query.Client)
        && (query.Tag is null || job.Specification.Tags.Contains(query.Tag));

    private RedisValue[] SubmitArguments(Submission submission)
    {
        var specification = submission.Specification;
        var client = submission.Client;
        string Own(string? key) => key is null ? "" : client + ":" + key;
        return
        [
            "id", submission.Id,
            "client", client,
            "engine", specification.Engine,
            "function", specification.Function,
            "queue", QueueName(specification),
            "priority", specification.Priority,
            "body", submission.BodyHash,
            "idempotency", Own(submission.IdempotencyKey),
            "limit", submission.QueueLimit,
            "spec", JobRecord.Write(specification),
            "runAfter", specification.RunAfter is { } time ? time.ToUnixTimeMilliseconds() : "",
            "queueTimeout", specification.QueueTimeoutSeconds is { } seconds ? (long)(seconds * 1000) : "",
            "maxAttempts", specification.MaxAttempts,
            "ttl", (long)(specification.TtlSeconds * 1000),
            "ordering", Own(specification.OrderingKey),
            "superseding", Own(specification.Supersedes),
            "weight", submission.Weight,
            "held", submission.Held ? hints?.Process ?? "" : "",
            "retryOf", submission.RetryOf ?? "",
            "tags", string.Join('\n', specification.Tags),
            "assets", string.Join(' ', specification.Assets),
            "file", FileOf(specification),
            .. submission.Cache is { } cache ? cache.Arguments() : [],
        ];
    }

    // A worker that holds it open is the better one for the job.
    private static string FileOf(JobSpecification specification) =>
        InputFile.Of(specification.Input) is { } file && !file.Any(char.IsControl) ? file : "";

    // A queue is an engine and the labels its jobs require, in order: blender|gpu=1|memory=large
    private static string QueueName(JobSpecification specification) =>
        specification.Requires.Count == 0
            ? specification.Engine
            : specification.Engine + "|" + string.Join(
                '|', specification.Requires.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Key + "=" + pair.Value));
}
