namespace Workers.Chaos.Plan;

/// <summary>Everything that is done to the cluster. Broken workers are ordered by jobs as well: see <see cref="JobRecipe"/>.</summary>
public enum FaultKind
{
    /// <summary>kill -9 of a worker.</summary>
    WorkerKill,

    /// <summary>SIGSTOP of a worker, past its stall timeout.</summary>
    WorkerStop,

    /// <summary>kill -9 of a node, started again.</summary>
    NodeKill,

    /// <summary>SIGSTOP of a node, past its leases.</summary>
    NodeStop,

    /// <summary>SIGTERM of a node, started again.</summary>
    NodeRestart,

    /// <summary>kill -9 of an API, started again.</summary>
    ApiKill,

    /// <summary>SIGSTOP of an API.</summary>
    ApiStop,

    /// <summary>kill -9 of Redis, started again.</summary>
    RedisKill,

    /// <summary>SIGSTOP of Redis.</summary>
    RedisStop,

    /// <summary>The link of one process to Redis carries nothing for a while.</summary>
    LinkCut,

    /// <summary>Redis forgets every script.</summary>
    ScriptFlush,

    /// <summary>A primary Redis is killed and its asynchronous replica takes its place: only in fail-over runs.</summary>
    FailOver,

    /// <summary>A client of the event feed drops its connection.</summary>
    SseDrop,
}

/// <summary>One planned fault.</summary>
/// <param name="At">Seconds after the start.</param>
/// <param name="Kind">What.</param>
/// <param name="Target">Which one, counted modulo how many there are.</param>
/// <param name="Seconds">How long it lasts, or how long the killed stays away.</param>
public sealed record Fault(double At, FaultKind Kind, int Target, double Seconds);
