namespace Workers.Jobs.Engines;

/// <summary>A kind of software and how to launch it, as resolved from configuration: a specification, never a process.</summary>
public sealed record EngineSpecification
{
    /// <summary>Its name in URLs and jobs: <c>[a-z0-9][a-z0-9.-]{0,62}</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Program and arguments; <c>${kit}</c> is the folder that holds <c>workers_kit</c>.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>Warm workers of this engine on a node, 0–256.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Calls of async functions that one worker runs side by side, 1–32.</summary>
    public int Concurrency { get; init; } = 8;

    /// <summary>Variables added to the worker's (otherwise minimal) environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Folders with user functions.</summary>
    public IReadOnlyList<string> Functions { get; init; } = [];

    /// <summary>Whether the testcard may fault on demand.</summary>
    public bool Faults { get; init; }

    /// <summary>Whether the plot engine may unpickle what clients send, which runs as code.</summary>
    public bool AllowPickle { get; init; }

    /// <summary>Whether a job whose file a worker holds open may go before others of its priority.</summary>
    public bool Affinity { get; init; } = true;

    /// <summary>
    /// Workers that are kept for jobs of <see cref="Priorities.Normal"/> and more while there are such, 0–255; one always takes all. Where
    /// none was kept, what one does for other jobs may be ended for them; not with 0.
    /// </summary>
    public int KeepFree { get; init; } = 1;

    /// <summary>Added to the niceness of its workers, 0–19: the higher, the sooner they yield to everything else on the machine.</summary>
    public int Nice { get; init; }

    /// <summary>Seconds from spawn to ready.</summary>
    public double StartTimeoutSeconds { get; init; } = 60;

    /// <summary>Seconds one attempt may run unless the job says otherwise.</summary>
    public double CallTimeoutSeconds { get; init; } = 600;

    /// <summary>Seconds without progress, output line or reply after which an attempt counts as stalled.</summary>
    public double StallTimeoutSeconds { get; init; } = 120;

    /// <summary>Seconds a canceled call may take to end before its worker is killed.</summary>
    public double CancelGraceSeconds { get; init; } = 10;

    /// <summary>Recycle after that many calls; null: never.</summary>
    public int? RecycleCalls { get; init; }

    /// <summary>Recycle after that age in seconds; null: never.</summary>
    public double? RecycleAgeSeconds { get; init; }

    /// <summary>Recycle above that resident memory in bytes; null: never.</summary>
    public long? RecycleMemoryBytes { get; init; }

    /// <summary>Largest sum of a call's outputs in bytes.</summary>
    public long OutputBytes { get; init; } = 1L << 30;

    /// <summary>Jobs of this engine that may be waiting, scheduled and queued; one more is answered 429.</summary>
    public int QueueLimit { get; init; } = 10_000;
}
