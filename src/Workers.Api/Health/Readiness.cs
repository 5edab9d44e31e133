using Workers.Api.Engines;
using Workers.Contracts;
using Workers.Jobs.Queue;
using Workers.Jobs.Redis;

namespace Workers.Api.Health;

/// <summary>Whether this process may be sent work: Redis answers and admits, and a worker is able. Looked at at most every two seconds.</summary>
internal sealed class Readiness(RedisGate gate, QueueStore queues, EngineCatalog catalog, TimeProvider time)
{
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(2);
    private ReadinessDocument newest = new(false, ["not looked at yet"]);
    private long looked = -1;

    /// <summary>The answer.</summary>
    public async ValueTask<ReadinessDocument> GetAsync(CancellationToken cancellation)
    {
        var at = Interlocked.Read(ref looked);
        if (at < 0 || time.GetElapsedTime(at) > Age)
        {
            var missing = await MissingAsync(cancellation);
            Volatile.Write(ref newest, new ReadinessDocument(missing.Count == 0, missing));
            Interlocked.Exchange(ref looked, time.GetTimestamp());
        }

        return Volatile.Read(ref newest);
    }

    private async Task<IReadOnlyList<string>> MissingAsync(CancellationToken cancellation)
    {
        if (!gate.IsReady)
            return [$"Redis: {gate.NotReadyReason ?? "does not answer"}"];
        try
        {
            await queues.CheckAdmissionAsync(cancellation);
            var view = await catalog.GetAsync(cancellation);
            if (view.Engines.Any(engine => engine.Available && engine.AbleWorkers > 0))
                return [];
            return view.Engines.Count == 0
                ? ["No node has reported an engine."]
                : [.. view.Engines.Select(engine => $"Engine '{engine.Name}': {engine.Reason ?? "no worker is ready"}")];
        }
        catch (RedisUnavailableException exception)
        {
            return [$"Redis: {exception.Message}"];
        }
    }
}
