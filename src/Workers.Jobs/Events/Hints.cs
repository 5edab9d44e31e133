using Workers.Jobs.Redis;

namespace Workers.Jobs.Events;

/// <summary>
/// Wake-ups over pub/sub. Only hints: every waiter also looks by itself from time to time, because a message may be lost.
/// </summary>
public sealed class Hints(RedisGate gate) : IAsyncDisposable
{
    /// <summary>Subscribes.</summary>
    public Task StartAsync(CancellationToken cancellation) => throw new NotImplementedException(gate.ToString());

    /// <summary>Raised with the engine's name when something may be claimed.</summary>
    public event Action<string>? Queued;

    /// <summary>Raised with the job's id when a running job is asked to stop.</summary>
    public event Action<string>? CancelRequested;

    /// <summary>Raised when something desired of nodes, workers or engines changed.</summary>
    public event Action? DesiredChanged;

    /// <summary>Raised for every durable event of any job.</summary>
    public event Action? AnyEvent;

    /// <summary>A watch over one job; dispose it when done.</summary>
    public JobWatch Watch(string jobId) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();

    private void Keep() => (Queued, CancelRequested, DesiredChanged, AnyEvent).ToString();
}

/// <summary>Wakes one reader when something about a job may have changed.</summary>
public sealed class JobWatch : IDisposable
{
    /// <summary>Waits for a hint (remembered since the last wait) or for the longest pause.</summary>
    /// <param name="longest">Look again after this even without a hint.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>What the hints since the last wait were about.</returns>
    public Task<HintKinds> WaitAsync(TimeSpan longest, CancellationToken cancellation) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose() => throw new NotImplementedException();
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
}
