using Workers.Jobs.Redis;

namespace Workers.Jobs.Events;

/// <summary>Reads the durable event streams: one job's, and the bounded one of all jobs.</summary>
public sealed class EventFeed(RedisGate gate)
{
    /// <summary>Events of one job after an id (exclusive; null: from the first), oldest first, at most 100.</summary>
    public Task<FeedPage> ReadJobAsync(string jobId, string? after, CancellationToken cancellation) => throw new NotImplementedException(gate.ToString());

    /// <summary>Events of all jobs after an id (exclusive; null: only what comes from now on), oldest first, at most 100.</summary>
    public Task<FeedPage> ReadAllAsync(string? after, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Id of the newest event of all jobs (<c>0-0</c> when there is none).</summary>
    public Task<string> NewestAsync(CancellationToken cancellation) => throw new NotImplementedException();
}

/// <summary>A durable event: an ordered state change of a job.</summary>
/// <param name="Id">The feed's Redis stream id, <c>ms-n</c>.</param>
/// <param name="Type">queued, started, artifact, retrying, succeeded, failed, canceled.</param>
/// <param name="JobId">The job.</param>
/// <param name="Data">JSON text: <c>{"schema":1,"jobId":…,"attempt":…,"at":…,…}</c>.</param>
public sealed record JobEvent(string Id, string Type, string JobId, string Data)
{
    /// <summary>True for the event that ends a job's stream.</summary>
    public bool IsTerminal => Type is "succeeded" or "failed" or "canceled";
}

/// <summary>What a read gave.</summary>
/// <param name="Events">Oldest first.</param>
/// <param name="Gap">True when events after the asked id are gone from the bounded log.</param>
public sealed record FeedPage(IReadOnlyList<JobEvent> Events, bool Gap);
