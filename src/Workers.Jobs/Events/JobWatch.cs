namespace Workers.Jobs.Events;

/// <summary>Wakes one reader when something about a job may have changed. Hints between two waits are remembered, merged.</summary>
public sealed class JobWatch : IDisposable
{
    private readonly Hints hints;
    private readonly Lock gate = new();
    private HintKinds pending;
    private HintKinds wanted;
    private readonly IDisposable? listening;
    private Job? ended;
    private TaskCompletionSource? waiter;

    internal JobWatch(Hints hints, string jobId, IDisposable? listening)
    {
        this.hints = hints;
        this.listening = listening;
        JobId = jobId;
    }

    /// <summary>The job that is watched.</summary>
    public string JobId { get; }

    /// <summary>Waits for a hint (remembered since the last wait) or for the longest pause.</summary>
    /// <param name="longest">Look again after this even without a hint.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <param name="interest">Only these kinds wake; others are remembered until one of these comes.</param>
    /// <returns>What the hints since the last wait were about; <see cref="HintKinds.None"/> when the pause was over.</returns>
    public async Task<HintKinds> WaitAsync(TimeSpan longest, CancellationToken cancellation, HintKinds interest = HintKinds.All)
    {
        Task woken;
        lock (gate)
        {
            if ((pending & interest) != 0)
                return Take();
            waiter = new TaskCompletionSource(); // Goes on right where the hint came in: hints come on pool threads of their own.
            wanted = interest;
            woken = waiter.Task;
        }

        try
        {
            await woken.WaitAsync(longest, cancellation);
        }
        catch (TimeoutException)
        {
            // The periodic look behind every hint.
        }

        lock (gate)
        {
            waiter = null;
            return Take();
        }
    }

    /// <summary>The ended job, where the hint of its end brought it; null: read it.</summary>
    public Job? Ended()
    {
        lock (gate) return ended;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        hints.Forget(this);
        listening?.Dispose();
    }

    internal void Notify(HintKinds kind, Job? endedJob)
    {
        TaskCompletionSource? woken = null;
        lock (gate)
        {
            pending |= kind;
            ended ??= endedJob;
            if ((pending & wanted) != 0)
                woken = waiter;
        }

        woken?.TrySetResult();
    }

    private HintKinds Take()
    {
        var taken = pending;
        pending = HintKinds.None;
        return taken;
    }
}

/// <summary>What hints were about.</summary>
[Flags]
public enum HintKinds
{
    /// <summary>Nothing: the pause was over.</summary>
    None = 0,

    /// <summary>A durable event.</summary>
    Event = 1,

    /// <summary>Progress.</summary>
    Progress = 2,

    /// <summary>A new snapshot.</summary>
    Snapshot = 4,

    /// <summary>More log.</summary>
    Log = 8,

    /// <summary>The job is over.</summary>
    Ended = 16,

    /// <summary>Any of them.</summary>
    All = Event | Progress | Snapshot | Log | Ended,
}
