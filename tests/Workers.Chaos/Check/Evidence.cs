using Workers.Chaos.Clients;

namespace Workers.Chaos.Check;

/// <summary>Everything the judgement rests on: what clients noted, and what is stored when all is over.</summary>
public sealed record Evidence
{
    /// <summary>Whether a primary Redis died for good: what its replica had not heard is lost, which is counted and no violation.</summary>
    public bool MayLose { get; init; }

    /// <summary>What clients were told.</summary>
    public required IReadOnlyList<Acknowledgement> Acknowledgements { get; init; }

    /// <summary>Every job that is stored.</summary>
    public required IReadOnlyDictionary<string, StoredJob> Jobs { get; init; }

    /// <summary>The stream of all jobs' events, in order.</summary>
    public required IReadOnlyList<StoredEvent> Events { get; init; }

    /// <summary>How many events that stream, which is bounded, has let go of since: the oldest.</summary>
    public long Trimmed { get; init; }

    /// <summary>For each follower of the feed: the ids it was given, in order.</summary>
    public required IReadOnlyList<IReadOnlyList<string>> Followers { get; init; }

    /// <summary>SHA-256 of the bytes that an artifact's path answers; null where it answers none.</summary>
    public required IReadOnlyDictionary<string, string?> Bytes { get; init; }

    /// <summary>Engine processes that outlived their servers.</summary>
    public required IReadOnlyList<string> Orphans { get; init; }

    /// <summary>Folders of calls that nobody removed.</summary>
    public required IReadOnlyList<string> LeftFolders { get; init; }
}

/// <summary>A job as Redis holds it.</summary>
/// <param name="State">Its state.</param>
/// <param name="Key">Its idempotency key as it was sent.</param>
/// <param name="Artifacts">Hex digests of its outputs.</param>
/// <param name="Events">The types of its own stream's events, in order, with their attempts.</param>
public sealed record StoredJob(string State, string Key, IReadOnlyList<string> Artifacts, IReadOnlyList<(string Type, int Attempt)> Events);

/// <summary>An event of the stream of all jobs.</summary>
public sealed record StoredEvent(string Id, string JobId, string Type, int Attempt);
