using Workers.Bench.Setup;
using Workers.Testing;

namespace Workers.Bench.Queue;

/// <summary>A Redis of its own with so many jobs queued, of ten clients.</summary>
internal sealed class FilledQueue : IAsyncDisposable
{
    private const int Clients = 10;
    private const int AtATime = 64;

    private readonly List<string> ids = [];

    private FilledQueue(TestRedis redis, ScriptChain scripts, int depth) => (Redis, Scripts, Depth) = (redis, scripts, depth);

    public TestRedis Redis { get; }

    public ScriptChain Scripts { get; }

    /// <summary>Jobs that stay queued.</summary>
    public int Depth { get; }

    /// <summary>Ids of the queued jobs.</summary>
    public IReadOnlyList<string> Ids => ids;

    /// <summary>Bytes of Redis's memory for each of them.</summary>
    public double BytesPerJob { get; private set; }

    public static async Task<FilledQueue> StartAsync(int depth, CancellationToken cancellation)
    {
        var redis = BenchRedis.Start(TestDurability.None);
        var queue = new FilledQueue(redis, await ScriptChain.OpenAsync(redis, cancellation), depth);
        var before = ScriptTimes.UsedMemory(redis);
        for (var first = 0; first < depth; first += AtATime)
        {
            var batch = Enumerable.Range(first, Math.Min(AtATime, depth - first))
                .Select(number => ScriptChain.NewSubmission(number, $"client-{number % Clients}"))
                .ToList();
            await Task.WhenAll(batch.Select(submission => queue.Scripts.Jobs.SubmitAsync(submission, cancellation)));
            queue.ids.AddRange(batch.Select(submission => submission.Id));
        }

        queue.BytesPerJob = (double)(ScriptTimes.UsedMemory(redis) - before) / depth;
        return queue;
    }

    public async ValueTask DisposeAsync()
    {
        await Scripts.DisposeAsync();
        await Redis.DisposeAsync();
    }
}
