using System.Text.Json;
using System.Text.Json.Nodes;

namespace Workers.Node.Protocol;

// The closed set of what node and worker say to each other: PROTOCOL.md as types. Durations in seconds, sizes in bytes and pixels.
// What a worker leaves out is its default: source-generated JSON calls init with null or 0 then, past the initializer.

/// <summary>Method names.</summary>
internal static class Methods
{
    public const string Hello = "hello";
    public const string Warmup = "warmup";
    public const string Call = "call";
    public const string Cancel = "cancel";
    public const string Ping = "ping";
    public const string Shutdown = "shutdown";
    public const string Progress = "progress";
    public const string Snapshot = "snapshot";
    public const string Status = "status";
}

/// <summary>Versions of the protocol that a side speaks, inclusive.</summary>
internal sealed record ProtocolRange(int Min, int Max);

/// <summary>What a worker hosts.</summary>
internal sealed record HelloEngine(string Name, string? Version);

/// <summary>A function that a worker offers.</summary>
internal sealed record HelloFunction
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    /// <summary>JSON Schema of its input; an object.</summary>
    public required JsonElement Input { get; init; }

    public IReadOnlyList<string> FileTypes { get; init => field = value ?? []; } = [];

    public bool Picture { get; init; }

    public bool Cacheable { get; init; }

    public bool Async { get; init; }
}

/// <summary>W → N, the first frame.</summary>
internal sealed record Hello
{
    public required string Token { get; init; }

    public required ProtocolRange Protocol { get; init; }

    public string? Kit { get; init; }

    public int Pid { get; init; }

    public required HelloEngine Engine { get; init; }

    /// <summary>Calls of async functions that it takes at once.</summary>
    public int Concurrency { get; init => field = Math.Max(1, value); } = 1;

    public IReadOnlyList<HelloFunction> Functions { get; init => field = value ?? []; } = [];

    /// <summary>Digest of the code that runs there; null: nothing of it may be kept.</summary>
    public string? Source { get; init; }
}

/// <summary>N → W: welcome.</summary>
internal sealed record HelloReply(int Protocol, string Worker, int FrameBytes);

/// <summary>N → W: do a real throw-away piece of work.</summary>
internal sealed record Warmup(string Folder);

/// <summary>W → N: ready.</summary>
internal sealed record WarmupReply(JsonObject? Facts);

/// <summary>A resolved asset of a call.</summary>
internal sealed record CallAsset(string Path, string Id, string? Name, string? MediaType);

/// <summary>N → W: run a function.</summary>
internal sealed record Call
{
    public required string Function { get; init; }

    public required JsonObject Input { get; init; }

    public required string Folder { get; init; }

    public required IReadOnlyDictionary<string, CallAsset> Assets { get; init; }

    public required string Job { get; init; }

    public required int Attempt { get; init; }

    public required double DeadlineSeconds { get; init; }

    public string? Traceparent { get; init; }
}

/// <summary>A file that a call wrote.</summary>
internal sealed record CallArtifact
{
    public required string Name { get; init; }

    public required string Path { get; init; }

    public string MediaType { get; init => field = value ?? "application/octet-stream"; } = "application/octet-stream";

    public int? Width { get; init; }

    public int? Height { get; init; }
}

/// <summary>Something a call did differently.</summary>
internal sealed record CallWarning(string Code, string Detail);

/// <summary>Where a call's time went.</summary>
internal sealed record CallTimings(double LoadSeconds, double RunSeconds, double EncodeSeconds);

/// <summary>A file that a result depends on and its input does not name, as it was when it was read.</summary>
/// <param name="Path">Absolute, without links.</param>
/// <param name="Size">Bytes.</param>
/// <param name="ModifiedNs">Nanoseconds since 1970.</param>
internal sealed record CallRead(string Path, long Size, long ModifiedNs);

/// <summary>W → N: what a call delivered.</summary>
internal sealed record CallReply
{
    public JsonNode? Output { get; init; }

    public IReadOnlyList<CallArtifact> Artifacts { get; init => field = value ?? []; } = [];

    public IReadOnlyList<CallWarning> Warnings { get; init => field = value ?? []; } = [];

    public string Warm { get; init => field = value ?? "process"; } = "process";

    public CallTimings? Timings { get; init; }

    public IReadOnlyList<CallRead> Reads { get; init => field = value ?? []; } = [];

    /// <summary>Why the result must not answer another call; null: it may, where the function is cacheable.</summary>
    public string? Uncacheable { get; init; }
}

/// <summary>N → W: stop that call.</summary>
internal sealed record Cancel(long Call);

/// <summary>W → N: heard.</summary>
internal sealed record CancelReply(bool Acknowledged);

/// <summary>N → W: are you alive? W → N: yes.</summary>
internal sealed record Ping;

/// <summary>What a worker says without being asked.</summary>
internal abstract record WorkerNotice;

/// <summary>How far a call is.</summary>
internal sealed record ProgressNotice(long Call, double? Fraction, string? Message, double? EtaSeconds) : WorkerNotice;

/// <summary>A picture so far, in the call's folder.</summary>
internal sealed record SnapshotNotice(long Call, string Path, string MediaType, int? Width, int? Height) : WorkerNotice;

/// <summary>How the worker is.</summary>
internal sealed record StatusNotice(string? File, long? ResidentBytes, JsonObject? Loop) : WorkerNotice;

/// <summary>An error reply (JSON-RPC 2.0, section 5.1).</summary>
internal sealed record RpcError(int Code, string Message, RpcErrorData? Data = null);

/// <summary>What the protocol adds to an error of a call.</summary>
internal sealed record RpcErrorData(string? Kind = null, bool Retryable = false, string? Pointer = null);

/// <summary>Error codes.</summary>
internal static class ErrorCodes
{
    public const int CallFailed = -32000;
    public const int NoCommonVersion = -32001;
    public const int WrongToken = -32002;
    public const int InvalidRequest = -32600;
    public const int MethodNotFound = -32601;
}

/// <summary>Values of <see cref="RpcErrorData.Kind"/>.</summary>
internal static class ErrorKinds
{
    public const string InvalidInput = "invalid_input";
    public const string EngineError = "engine_error";
    public const string Canceled = "canceled";
    public const string Deadline = "deadline";

    /// <summary>Of a warm-up only.</summary>
    public const string Unavailable = "unavailable";
}
