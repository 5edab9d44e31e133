using System.Text.Json.Nodes;

namespace Workers.Jobs.Nodes;

/// <summary>What a node says of itself with each heartbeat. A list that a node of another version does not send is empty here, never null.</summary>
public sealed record NodeReport
{
    /// <summary>The node's id, stable over restarts.</summary>
    public required string Id { get; init; }

    /// <summary>This incarnation, new with every start.</summary>
    public required string Boot { get; init; }

    /// <summary><c>active</c>, <c>draining</c> or <c>stopped</c>.</summary>
    public required string State { get; init; }

    /// <summary>Machine name.</summary>
    public required string Host { get; init; }

    /// <summary>Process id of the node.</summary>
    public int Pid { get; init; }

    /// <summary>Version of the server program.</summary>
    public required string Version { get; init; }

    /// <summary>Labels that jobs may require.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init => field = value ?? new Dictionary<string, string>(); } = new Dictionary<string, string>();

    /// <summary>When this incarnation started.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>When it last reported (set by the registry from Redis' clock).</summary>
    public DateTimeOffset SeenAt { get; init; }

    /// <summary>Resident memory of the node's own process, bytes.</summary>
    public long ResidentBytes { get; init; }

    /// <summary>Of that, managed objects that survived the newest garbage collection, bytes.</summary>
    public long HeapBytes { get; init; }

    /// <summary>Its workers.</summary>
    public IReadOnlyList<WorkerReport> Workers { get; init => field = value ?? []; } = [];

    /// <summary>What it knows of its engines.</summary>
    public IReadOnlyList<EngineReport> Engines { get; init => field = value ?? []; } = [];
}

/// <summary>One worker as its node sees it.</summary>
public sealed record WorkerReport
{
    /// <summary>Its id, unique within the installation and fit for URLs: <c>{node}.{engine}-{slot}</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Its node.</summary>
    public required string Node { get; init; }

    /// <summary>Its engine.</summary>
    public required string Engine { get; init; }

    /// <summary>Wire name of its state: starting, ready, busy, draining, stopped, faulted, quarantined.</summary>
    public required string State { get; init; }

    /// <summary>Operating system process id, or null when none lives.</summary>
    public int? Pid { get; init; }

    /// <summary>Identity of the file it holds open.</summary>
    public string? OpenFile { get; init; }

    /// <summary>The jobs it is running, oldest first; more than one only of async functions.</summary>
    public IReadOnlyList<string> Jobs { get; init => field = value ?? []; } = [];

    /// <summary>Calls served by this process.</summary>
    public long Calls { get; init; }

    /// <summary>Process starts in this slot after the first.</summary>
    public long Restarts { get; init; }

    /// <summary>Resident memory of the process group, bytes.</summary>
    public long ResidentBytes { get; init; }

    /// <summary>When the process became ready.</summary>
    public DateTimeOffset? ReadyAt { get; init; }

    /// <summary>What went wrong last.</summary>
    public string? LastFailure { get; init; }

    /// <summary>The kit's loop times, as the worker reports them.</summary>
    public JsonNode? Loop { get; init; }
}

/// <summary>An engine on one node.</summary>
public sealed record EngineReport
{
    /// <summary>The engine's name.</summary>
    public required string Name { get; init; }

    /// <summary>True when at least one worker was ready and the pool is not quarantined.</summary>
    public bool Available { get; init; }

    /// <summary>Why it isn't available.</summary>
    public string? Reason { get; init; }

    /// <summary>The engine's own version.</summary>
    public string? Version { get; init; }

    /// <summary>Facts found at warm-up.</summary>
    public JsonNode? Facts { get; init; }

    /// <summary>Digest of the code that runs in it (kit, engine, users' functions), where its workers say so.</summary>
    public string? Source { get; init; }

    /// <summary>Digests of the builds that take calls just now; empty texts for those that cannot be told. More than one: they are being replaced.</summary>
    public IReadOnlyList<string> Builds { get; init => field = value ?? []; } = [];

    /// <summary>Its functions.</summary>
    public IReadOnlyList<FunctionReport> Functions { get; init => field = value ?? []; } = [];

    /// <summary>Attempts in a row, the newest included, that crashed, stalled or could not store their outputs on this node; 0: none.</summary>
    public int FailuresInARow { get; init; }

    /// <summary>Until then its jobs are left to other nodes, where others serve the engine; null: not held back.</summary>
    public DateTimeOffset? HeldBackUntil { get; init; }

    /// <summary>Workers it should have.</summary>
    public int Size { get; init; }

    /// <summary>Default seconds one attempt may run.</summary>
    public double CallTimeoutSeconds { get; init; }
}

/// <summary>One function as a worker announced it.</summary>
public sealed record FunctionReport
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>For people.</summary>
    public string? Description { get; init; }

    /// <summary>JSON Schema of its input.</summary>
    public required JsonNode Input { get; init; }

    /// <summary>File extensions it opens, lower case without dot.</summary>
    public IReadOnlyList<string> FileTypes { get; init => field = value ?? []; } = [];

    /// <summary>Whether its main artifact is a picture.</summary>
    public bool Picture { get; init; }

    /// <summary>Whether equal inputs give equal outputs.</summary>
    public bool Cacheable { get; init; }

    /// <summary>Whether a worker runs several calls of it side by side.</summary>
    public bool Async { get; init; }
}
