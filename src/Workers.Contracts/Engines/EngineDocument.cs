using System.Text.Json.Nodes;

namespace Workers.Contracts;

/// <summary>An engine as the nodes report it.</summary>
public sealed record EngineDocument
{
    /// <summary>Its name in jobs and URLs.</summary>
    public required string Name { get; init; }

    /// <summary>True when a live node can run its functions.</summary>
    public bool Available { get; init; }

    /// <summary>Why it isn't available; null when it is.</summary>
    public string? Reason { get; init; }

    /// <summary>True while an operator has paused it: jobs are taken and wait.</summary>
    public bool Paused { get; init; }

    /// <summary>The engine's own version.</summary>
    public string? Version { get; init; }

    /// <summary>Build facts found at warm-up (denoiser, formats, devices); free-form.</summary>
    public JsonNode? Facts { get; init; }

    /// <summary>SHA-256 of the code that runs in it (kit, engine, users' functions); null where it does not say.</summary>
    public string? Source { get; init; }

    /// <summary>SHA-256 of everything about it that may change a result; null while its workers differ, or where that cannot be told. Only results of
    /// this very build are answered again.</summary>
    public string? Build { get; init; }

    /// <summary>Its workers on all nodes, by state.</summary>
    public IReadOnlyDictionary<string, int> Workers { get; init; } = new Dictionary<string, int>();

    /// <summary>What it can be asked to do.</summary>
    public IReadOnlyList<FunctionDocument> Functions { get; init; } = [];
}

/// <summary>Something an engine can be asked to do.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">For people.</param>
/// <param name="Input">JSON Schema of its input.</param>
/// <param name="FileTypes">Extensions its <c>file</c> may have, lower case without dot.</param>
/// <param name="Picture">Whether its main artifact is a picture.</param>
/// <param name="Cacheable">Whether equal inputs give equal outputs.</param>
/// <param name="Async">Whether a worker runs several calls of it side by side.</param>
/// <param name="Url">Where to call it and wait.</param>
public sealed record FunctionDocument(
    string Name, string? Description, JsonNode Input, IReadOnlyList<string> FileTypes, bool Picture, bool Cacheable, bool Async, string Url);

/// <summary>Every engine.</summary>
/// <param name="Engines">Defaults first.</param>
public sealed record EngineListDocument(IReadOnlyList<EngineDocument> Engines);
