using StackExchange.Redis;
using Workers.Jobs.Redis;

namespace Workers.Jobs.Queue;

/// <summary>Looks at the queues: what waits, what runs, how long it takes. Reads only.</summary>
public sealed class QueueStore(RedisGate gate)
{
    private static readonly LuaScript SummarizeScript = LuaScript.Load("summarize");
    private static readonly LuaScript AheadScript = LuaScript.Load("ahead");
    private static readonly LuaScript AdmitsScript = LuaScript.Load("admits");
    private static readonly RedisKey[] Keys = [RedisKeys.Root];

    /// <summary>All queues, by engine; one round trip.</summary>
    /// <exception cref="RedisUnavailableException">Redis does not answer.</exception>
    public async Task<IReadOnlyDictionary<string, EngineQueue>> SummarizeAsync(CancellationToken cancellation)
    {
        var reply = (RedisResult[])(await gate.EvaluateAsync(SummarizeScript, Keys, [], cancellation))!;
        return reply.Select(entry => (RedisResult[])entry!).ToDictionary(entry => (string)entry[0]!, Read);
    }

    /// <summary>Queued jobs that stand before this one (an estimate: the ring serves clients in turn), or null when it isn't queued.</summary>
    /// <exception cref="RedisUnavailableException">Redis does not answer.</exception>
    public async Task<long?> AheadAsync(string id, CancellationToken cancellation)
    {
        var reply = await gate.EvaluateAsync(AheadScript, Keys, ["id", id], cancellation);
        return reply.IsNull ? null : (long)reply;
    }

    /// <summary>Returns where a submit would be admitted by Redis now; a full one still lets what it holds be worked off.</summary>
    /// <exception cref="RedisUnavailableException">Redis does not answer, is full or a replica; the message says which.</exception>
    public Task CheckAdmissionAsync(CancellationToken cancellation) => gate.EvaluateAsync(AdmitsScript, Keys, [], cancellation);

    private static EngineQueue Read(RedisResult[] entry)
    {
        var pairs = (RedisValue[])entry[1]!;
        var counts = new Dictionary<string, long>();
        for (var i = 0; i + 1 < pairs.Length; i += 2)
            counts[pairs[i]!] = (long)pairs[i + 1];
        var runTimes = ((RedisValue[])entry[4]!).Select(time => (long)time).Order().ToList();
        return new EngineQueue
        {
            Counts = JobStates.All.ToDictionary(state => state, state => Count(counts, state)),
            FailedLastHour = (long)entry[2],
            OldestQueuedSeconds = (double)entry[3] / 1000,
            RecentRunSeconds = runTimes.Count == 0 ? null : runTimes[runTimes.Count / 2] / 1000.0,
        };
    }

    private static long Count(Dictionary<string, long> counts, JobState state) =>
        counts.GetValueOrDefault(state.IsTerminal() ? "total_" + state.Wire() : state.Wire());
}

/// <summary>One engine's jobs.</summary>
public sealed record EngineQueue
{
    /// <summary>How many are in each state now; of the terminal states: how many ended so since the installation began.</summary>
    public required IReadOnlyDictionary<JobState, long> Counts { get; init; }

    /// <summary>Failed within the last hour (at most 10,000 are counted).</summary>
    public long FailedLastHour { get; init; }

    /// <summary>How long the oldest queued job has been queued; 0 when none is.</summary>
    public double OldestQueuedSeconds { get; init; }

    /// <summary>Median run time of the newest 32 successes; null before the first.</summary>
    public double? RecentRunSeconds { get; init; }

    /// <summary>Jobs waiting, scheduled and queued: what the queue limit counts.</summary>
    public long Depth => Counts[JobState.Waiting] + Counts[JobState.Scheduled] + Counts[JobState.Queued];
}
