namespace Workers.Contracts;

/// <summary>The installation at a glance; at most a second old.</summary>
public sealed record StatusDocument
{
    /// <summary>
    /// <c>idle</c> (nothing to do), <c>active</c> (jobs run), <c>waiting</c> (jobs are queued and none runs), <c>degraded</c> (an engine or a node is
    /// unable), <c>down</c> (nothing is able to run).
    /// </summary>
    public required string Status { get; init; }

    /// <summary>What is wrong, one line each; empty when nothing is.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>By engine.</summary>
    public IReadOnlyDictionary<string, EngineStatus> Engines { get; init; } = new Dictionary<string, EngineStatus>();

    /// <summary>Workers of all nodes, by state.</summary>
    public IReadOnlyDictionary<string, int> Workers { get; init; } = new Dictionary<string, int>();

    /// <summary>Nodes, by state.</summary>
    public IReadOnlyDictionary<string, int> Nodes { get; init; } = new Dictionary<string, int>();
}

/// <summary>One engine's jobs.</summary>
public sealed record EngineStatus
{
    /// <summary>True when a live node can run it.</summary>
    public bool Available { get; init; }

    /// <summary>True while an operator has paused it.</summary>
    public bool Paused { get; init; }

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

    /// <summary>Estimated seconds until today's queue is empty; null when there is nothing to estimate from.</summary>
    public double? DrainSeconds { get; init; }

    /// <summary>Its workers, by state.</summary>
    public IReadOnlyDictionary<string, int> Workers { get; init; } = new Dictionary<string, int>();
}

/// <summary>Whether this process may be sent work, and what is missing where not.</summary>
/// <param name="Ready">The status code says the same: 200 or 503.</param>
/// <param name="Missing">What is missing, one line each.</param>
public sealed record ReadinessDocument(bool Ready, IReadOnlyList<string> Missing);
