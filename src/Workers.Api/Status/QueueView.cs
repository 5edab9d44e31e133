using Workers.Api.Engines;
using Workers.Jobs.Queue;
using Workers.Jobs.Redis;

namespace Workers.Api.Status;

/// <summary>The state of the queues, at most a second old, asked for once however many requests want it.</summary>
public sealed class QueueView(QueueStore queues, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);
    private readonly SemaphoreSlim asking = new(1);
    private IReadOnlyDictionary<string, EngineQueue> newest = new Dictionary<string, EngineQueue>();
    private long asked = -1;

    /// <summary>All queues by engine.</summary>
    /// <exception cref="RedisUnavailableException">Redis does not answer.</exception>
    public async ValueTask<IReadOnlyDictionary<string, EngineQueue>> GetAsync(CancellationToken cancellation)
    {
        if (IsFresh)
            return Volatile.Read(ref newest);
        await asking.WaitAsync(cancellation);
        try
        {
            if (!IsFresh)
            {
                Volatile.Write(ref newest, await queues.SummarizeAsync(cancellation));
                Interlocked.Exchange(ref asked, time.GetTimestamp());
            }

            return Volatile.Read(ref newest);
        }
        finally
        {
            asking.Release();
        }
    }

    /// <summary>Seconds until as many jobs are done as are waiting now; null when there is nothing to estimate from.</summary>
    public static double? DrainSeconds(EngineQueue queue, EngineView engine, long jobs) =>
        queue.RecentRunSeconds is { } run && engine.AbleWorkers > 0 ? jobs * run / engine.AbleWorkers : null;

    /// <summary>When a place in this engine's queue is likely: the time one job takes the pool; 1 s to 10 min.</summary>
    public async ValueTask<TimeSpan> RetryAfterAsync(EngineView engine, CancellationToken cancellation) =>
        Clamp(await FindAsync(engine, cancellation) is { } queue ? DrainSeconds(queue, engine, 1) : null);

    /// <summary>When a job just submitted to this engine is likely done: queue length × recent run time ÷ workers; 1 s to 10 min.</summary>
    public async ValueTask<TimeSpan> DoneAfterAsync(EngineView? engine, CancellationToken cancellation)
    {
        if (engine is null || await FindAsync(engine, cancellation) is not { } queue)
            return Shortest;
        return Clamp(DrainSeconds(queue, engine, queue.Depth + 1));
    }

    /// <inheritdoc/>
    public void Dispose() => asking.Dispose();

    private bool IsFresh => Interlocked.Read(ref asked) is >= 0 and var at && time.GetElapsedTime(at) < Age;

    private async ValueTask<EngineQueue?> FindAsync(EngineView engine, CancellationToken cancellation) =>
        (await GetAsync(cancellation)).GetValueOrDefault(engine.Name);

    private static TimeSpan Clamp(double? seconds) =>
        TimeSpan.FromSeconds(Math.Clamp(seconds ?? 1, Shortest.TotalSeconds, Longest.TotalSeconds));
}
