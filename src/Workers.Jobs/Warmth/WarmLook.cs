namespace Workers.Jobs.Warmth;

/// <summary>A worker and the file that it has open, as inputs name it.</summary>
/// <param name="Worker">The worker's id.</param>
/// <param name="Engine">Its engine.</param>
/// <param name="File">Null: none.</param>
public readonly record struct HeldFile(string Worker, string Engine, string? File);

/// <summary>What a node knows when it looks for files to open ahead of their use.</summary>
public sealed record WarmLook
{
    /// <summary>Files that its workers have open, or are opening.</summary>
    public required IReadOnlyCollection<HeldFile> Held { get; init; }

    /// <summary>What it said before and is so no more.</summary>
    public required IReadOnlyCollection<HeldFile> Left { get; init; }

    /// <summary>Workers that may open one now; those to be taken first in front.</summary>
    public required IReadOnlyCollection<HeldFile> Idle { get; init; }

    /// <summary>Templates whose file could not be opened here a short while ago.</summary>
    public required IReadOnlyCollection<string> Resting { get; init; }
}

/// <summary>A file that a node shall open now.</summary>
/// <param name="Template">The template that wants it.</param>
/// <param name="Worker">Id of the node's worker.</param>
/// <param name="Input">JSON: the input of <see cref="WarmWish.Function"/>.</param>
public sealed record WarmTask(string Template, string Worker, string Input);
