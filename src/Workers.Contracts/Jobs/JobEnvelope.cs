using System.Text.Json.Nodes;

namespace Workers.Contracts;

/// <summary>What a client submits: a function call with the wishes about how to run it. At most 256 KB as JSON.</summary>
public sealed record JobEnvelope
{
    /// <summary>The engine's name, e.g. <c>blender</c>.</summary>
    public required string Engine { get; init; }

    /// <summary>The function's name, e.g. <c>render</c>.</summary>
    public required string Function { get; init; }

    /// <summary>A name for people, at most 200 characters.</summary>
    public string? Name { get; init; }

    /// <summary>The function's input, checked against its JSON Schema (see <c>GET /v1/engines/{name}</c>) before anything is queued.</summary>
    public JsonObject? Input { get; init; }

    /// <summary>0–100, higher first, strict. Default 50.</summary>
    public int? Priority { get; init; }

    /// <summary>Seconds one attempt may run, up to 86,400. Default: the engine's call timeout.</summary>
    public double? TimeoutSeconds { get; init; }

    /// <summary>Seconds the job may wait to be started, up to 604,800; null: no limit.</summary>
    public double? QueueTimeoutSeconds { get; init; }

    /// <summary>Counted attempts, 1–20. Default 3.</summary>
    public int? MaxAttempts { get; init; }

    /// <summary>Not before this time (RFC 3339).</summary>
    public DateTimeOffset? RunAfter { get; init; }

    /// <summary>Seconds the record lives after its end, 0–2,592,000. Default 86,400.</summary>
    public double? TtlSeconds { get; init; }

    /// <summary>Jobs of one key (per client) run one at a time in acknowledged order.</summary>
    public string? OrderingKey { get; init; }

    /// <summary>Replaces this client's not yet running jobs of the same key.</summary>
    public string? Supersedes { get; init; }

    /// <summary>Labels a node must carry to run it; at most 16.</summary>
    public IReadOnlyDictionary<string, string>? Requires { get; init; }

    /// <summary>At most 16 tags of at most 64 characters.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>Free for the client: at most 32 entries of at most 1,024 characters.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}
