using System.Text.Json.Nodes;
using Workers.Api.Schemas;
using Workers.Jobs.Nodes;

namespace Workers.Api.Engines;

/// <summary>One engine over all nodes, at one moment.</summary>
public sealed record EngineView
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>True when a live node can run it.</summary>
    public bool Available { get; init; }

    /// <summary>Why it isn't available.</summary>
    public string? Reason { get; init; }

    /// <summary>True while an operator has paused it.</summary>
    public bool Paused { get; init; }

    /// <summary>Its own version.</summary>
    public string? Version { get; init; }

    /// <summary>Facts of its warm-up.</summary>
    public JsonNode? Facts { get; init; }

    /// <summary>Digest of the code that runs in it, where it is known.</summary>
    public string? Source { get; init; }

    /// <summary>Digest of its build, where all workers that take calls have the same one.</summary>
    public string? Build { get; init; }

    /// <summary>Why there is no <see cref="Build"/>: a word for Cache-Status.</summary>
    public string? BuildDoubt { get; init; }

    /// <summary>Workers by state.</summary>
    public IReadOnlyDictionary<string, int> Workers { get; init; } = new Dictionary<string, int>();

    /// <summary>Workers that can take jobs, now or after the one they run.</summary>
    public int AbleWorkers { get; init; }

    /// <summary>Seconds one attempt may run unless the job says otherwise.</summary>
    public double CallTimeoutSeconds { get; init; } = 600;

    /// <summary>Jobs that may wait.</summary>
    public int QueueLimit { get; init; } = 10_000;

    /// <summary>Its functions by name; empty until a worker was ready once.</summary>
    public IReadOnlyDictionary<string, FunctionView> Functions { get; init; } = new Dictionary<string, FunctionView>();
}

/// <summary>A function and its compiled schema.</summary>
/// <param name="Report">As a worker announced it.</param>
/// <param name="Schema">Checks inputs.</param>
public sealed record FunctionView(FunctionReport Report, InputSchema Schema);
