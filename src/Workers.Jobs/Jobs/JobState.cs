namespace Workers.Jobs;

/// <summary>Where a job stands. On the wire: snake_case.</summary>
public enum JobState
{
    /// <summary>Held back by another job (same ordering key, or a job it waits for).</summary>
    Waiting,

    /// <summary>Held back by time: <c>runAfter</c>, or the back-off before another attempt.</summary>
    Scheduled,

    /// <summary>Ready to be claimed by a node.</summary>
    Queued,

    /// <summary>An attempt holds a lease.</summary>
    Running,

    /// <summary>Over; its artifacts are stored.</summary>
    Succeeded,

    /// <summary>Over; <see cref="JobFailure"/> says why.</summary>
    Failed,

    /// <summary>Over at a client's wish, or superseded.</summary>
    Canceled,
}

/// <summary>Names and groups of <see cref="JobState"/>.</summary>
public static class JobStates
{
    /// <summary>Every state, in the order of the enum.</summary>
    public static readonly IReadOnlyList<JobState> All = Enum.GetValues<JobState>();

    /// <summary>The state's name on the wire and in Redis.</summary>
    public static string Wire(this JobState state) => state switch
    {
        JobState.Waiting => "waiting",
        JobState.Scheduled => "scheduled",
        JobState.Queued => "queued",
        JobState.Running => "running",
        JobState.Succeeded => "succeeded",
        JobState.Failed => "failed",
        JobState.Canceled => "canceled",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "Not a job state."),
    };

    /// <summary>The state of that wire name, or null.</summary>
    public static JobState? Parse(string? wire)
    {
        foreach (var state in All)
        {
            if (state.Wire() == wire)
                return state;
        }

        return null;
    }

    /// <summary>True when nothing can happen to the job any more but deletion.</summary>
    public static bool IsTerminal(this JobState state) => state is JobState.Succeeded or JobState.Failed or JobState.Canceled;
}
