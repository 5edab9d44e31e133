using System.Text.Json.Nodes;

namespace Workers.Contracts;

/// <summary>One machine's agent.</summary>
public sealed record NodeDocument
{
    /// <summary>Its id, stable over restarts.</summary>
    public required string Id { get; init; }

    /// <summary><c>active</c>, <c>draining</c>, <c>stopped</c> or <c>lost</c>.</summary>
    public required string State { get; init; }

    /// <summary>What an operator wants of it; null: to work.</summary>
    public string? Desired { get; init; }

    /// <summary>Machine name.</summary>
    public required string Host { get; init; }

    /// <summary>Process id.</summary>
    public int Pid { get; init; }

    /// <summary>Version of the server program.</summary>
    public required string Version { get; init; }

    /// <summary>Labels that jobs may require.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>When this incarnation started.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>When it last reported.</summary>
    public DateTimeOffset SeenAt { get; init; }

    /// <summary>Resident memory of the node's own process in bytes, without its workers.</summary>
    public long ResidentBytes { get; init; }

    /// <summary>Of that, managed objects that survived the newest garbage collection.</summary>
    public long HeapBytes { get; init; }

    /// <summary>Ids of its workers.</summary>
    public IReadOnlyList<string> Workers { get; init; } = [];

    /// <summary>How its engines are.</summary>
    public IReadOnlyList<NodeEngineDocument> Engines { get; init; } = [];
}

/// <summary>An engine on one node.</summary>
public sealed record NodeEngineDocument
{
    /// <summary>The engine's name.</summary>
    public required string Name { get; init; }

    /// <summary>Whether a worker there can serve.</summary>
    public bool Available { get; init; }

    /// <summary>Why not.</summary>
    public string? Reason { get; init; }

    /// <summary>Attempts in a row, the newest included, that crashed, stalled or could not store their outputs there; 0: none.</summary>
    public int FailuresInARow { get; init; }

    /// <summary>Because of those its jobs are left to other nodes until then, where others serve the engine; null: not held back.</summary>
    public DateTimeOffset? HeldBackUntil { get; init; }
}

/// <summary>Every node that reported within a day.</summary>
/// <param name="Nodes">The nodes.</param>
public sealed record NodeListDocument(IReadOnlyList<NodeDocument> Nodes);

/// <summary>One long-lived engine process, or the slot for one.</summary>
public sealed record WorkerDocument
{
    /// <summary>Its id in URLs: <c>{node}.{engine}-{slot}</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Its node.</summary>
    public required string Node { get; init; }

    /// <summary>Its engine.</summary>
    public required string Engine { get; init; }

    /// <summary>starting, ready, busy, draining, stopped, faulted or quarantined.</summary>
    public required string State { get; init; }

    /// <summary>Process id, or null when none lives.</summary>
    public int? Pid { get; init; }

    /// <summary>Identity of the file it holds open.</summary>
    public string? OpenFile { get; init; }

    /// <summary>The job it is running, the oldest where there are several.</summary>
    public string? Job { get; init; }

    /// <summary>Every job it is running, oldest first; more than one only of async functions.</summary>
    public IReadOnlyList<string> Jobs { get; init; } = [];

    /// <summary>Calls served by this process.</summary>
    public long Calls { get; init; }

    /// <summary>Process starts in this slot after the first.</summary>
    public long Restarts { get; init; }

    /// <summary>Resident memory of the process group in bytes.</summary>
    public long ResidentBytes { get; init; }

    /// <summary>When the process became ready.</summary>
    public DateTimeOffset? ReadyAt { get; init; }

    /// <summary>What went wrong last.</summary>
    public string? LastFailure { get; init; }

    /// <summary>Seconds the kit's loop spent inside and outside callbacks, as the worker reports them.</summary>
    public JsonNode? Loop { get; init; }
}

/// <summary>Every worker of every node.</summary>
/// <param name="Workers">The workers.</param>
public sealed record WorkerListDocument(IReadOnlyList<WorkerDocument> Workers);

/// <summary>What an operator wants of a node, worker or engine: it is read by the nodes, not sent to them.</summary>
/// <param name="Subject"><c>node:ID</c>, <c>worker:ID</c> or <c>engine:NAME</c>.</param>
/// <param name="Desired"><c>drain</c>, <c>recycle</c>, <c>pause</c>, or null: nothing special.</param>
public sealed record DesiredDocument(string Subject, string? Desired);
