using Workers.Jobs;

namespace Workers.Api.Caching;

/// <summary>What is done about stored results for one call.</summary>
/// <param name="Forward">Why a stored result does not answer where none does (RFC 9211, 2.2): <c>miss</c>, <c>stale</c>, <c>request</c>, <c>bypass</c>.</param>
internal sealed record CachePlan(string Forward)
{
    /// <summary>Results of changing files may be stale again and again: then it is made anew.</summary>
    private const int MostStale = 3;

    /// <summary>More about <see cref="Forward"/>.</summary>
    public string? Detail { get; init; }

    /// <summary>The key; null where nothing is stored.</summary>
    public CacheKey? Key { get; init; }

    /// <summary>What the submission is told; null where nothing is stored.</summary>
    public CacheUse? Use { get; init; }

    /// <summary>Whether a stored result may answer.</summary>
    public bool Looks => Use is { Looks: true };

    private int Stale { get; init; }

    /// <summary>Nothing is looked up, nothing stored.</summary>
    public static CachePlan Bypass(string detail) => new("bypass") { Detail = detail };

    /// <summary>The plan after what a job made turned out not to be usable.</summary>
    /// <param name="job">That job.</param>
    /// <param name="forward">Why.</param>
    public CachePlan Without(string job, string forward) =>
        this with { Forward = forward, Stale = Stale + 1, Use = Use! with { Stale = job, Looks = Stale + 1 < MostStale } };
}
