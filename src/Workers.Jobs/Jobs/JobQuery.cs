namespace Workers.Jobs;

/// <summary>Filters and place of a list; all filters must hold.</summary>
public sealed record JobQuery
{
    /// <summary>In that state.</summary>
    public JobState? State { get; init; }

    /// <summary>Of that engine.</summary>
    public string? Engine { get; init; }

    /// <summary>With that tag.</summary>
    public string? Tag { get; init; }

    /// <summary>Of that client.</summary>
    public string? Client { get; init; }

    /// <summary>At most that many, 1–500.</summary>
    public int PageSize { get; init; } = 50;

    /// <summary>Only jobs of a lower submit sequence than this.</summary>
    public long? Before { get; init; }
}

/// <summary>A page of jobs; may hold fewer than asked while <see cref="Next"/> is not null.</summary>
/// <param name="Jobs">The jobs.</param>
/// <param name="Next">The <see cref="JobQuery.Before"/> of the next page, or null at the end.</param>
public sealed record JobPage(IReadOnlyList<Job> Jobs, long? Next);
