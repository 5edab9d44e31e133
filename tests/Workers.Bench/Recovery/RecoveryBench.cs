using System.Diagnostics;
using System.Text.Json.Nodes;
using Workers.Bench.Report;
using Workers.Bench.Setup;
using Workers.Testing;

namespace Workers.Bench.Recovery;

/// <summary>A node that dies, and workers that are replaced under a steady stream of calls.</summary>
internal sealed class RecoveryBench : IBench
{
    private const int NodeKills = 3;
    private const int Workers = 2;
    private const int Recyclings = 12;
    private static readonly TimeSpan StreamTime = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan CallEvery = TimeSpan.FromMilliseconds(20);
    private static readonly Target NodeGone = new(15);
    private static readonly Target Unnoticed = new(1.5, 1.1);
    private long seed;

    public string Name => "recovery";

    public string Title => "(g) A node killed, and every worker replaced under load";

    public async Task RunAsync(ResultsPage page, CancellationToken cancellation)
    {
        await RecycleAsync(page, cancellation);
        await KillNodesAsync(page, cancellation);
    }

    private async Task RecycleAsync(ResultsPage page, CancellationToken cancellation)
    {
        Progress.Say("recycling workers under a steady stream");
        await using var server = await BenchServer.StartAsync("testcard", Workers, TestDurability.Always, cancellation);
        await StreamAsync(server, cancellation); // Warms everything up.
        var undisturbed = await StreamAsync(server, cancellation);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var recycling = RecycleAllAsync(server, over.Token);
        var disturbed = await StreamAsync(server, cancellation);
        await over.CancelAsync();
        var replaced = await recycling;
        page.Say($"A call of 64 px each {CallEvery.TotalMilliseconds:0} ms for {StreamTime.TotalSeconds:0} s; meanwhile {replaced} workers were replaced, one after the other.");
        page.Row("steady stream, undisturbed", undisturbed, Unit.Seconds);
        page.Row("steady stream while workers are recycled", disturbed, Unit.Seconds);
        page.Row("p99 while recycled against undisturbed", new Series(disturbed.Percentile(99) / undisturbed.Percentile(99)), Unit.Ratio, Unnoticed);
    }

    private async Task<Series> StreamAsync(BenchServer server, CancellationToken cancellation)
    {
        var latencies = new Series();
        using var timer = new PeriodicTimer(CallEvery);
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < StreamTime;)
        {
            latencies.Add(await server.Client.CardAsync(Interlocked.Increment(ref seed), cancellation));
            await timer.WaitForNextTickAsync(cancellation);
        }

        return latencies;
    }

    private static async Task<int> RecycleAllAsync(BenchServer server, CancellationToken cancellation)
    {
        var replaced = 0;
        try
        {
            for (; replaced < Recyclings; replaced++)
            {
                var workers = (await server.Client.GetAsync("/v1/workers", cancellation)).GetProperty("workers").EnumerateArray().ToList();
                var chosen = workers.Where(worker => worker.GetProperty("state").GetString() is "ready" or "busy").ElementAt(replaced % Workers);
                var (id, pid) = (chosen.GetProperty("id").GetString()!, chosen.GetProperty("pid").GetInt32());
                await server.Client.PostAsync($"/v1/workers/{id}/recycle", null, cancellation);
                await Eventually.HoldsAsync(
                    async () => (await server.WorkersAsync(cancellation)) is var now && now.All(worker => worker.Pid != pid) && now.Count(worker => worker.Pid is not null) == Workers,
                    "the worker is replaced");
            }
        }
        catch (OperationCanceledException)
        {
            // The stream is over.
        }

        return replaced;
    }

    private static async Task KillNodesAsync(ResultsPage page, CancellationToken cancellation)
    {
        await using var redis = BenchRedis.Start(TestDurability.Always);
        await using var api = await BenchServer.StartApiAsync(redis, cancellation);
        var latencies = new Series();
        for (var round = 0; round < NodeKills; round++)
        {
            Progress.Say($"killing node {round + 1} of {NodeKills}");
            // Names of their own: for some seconds a dead node is still told of as it last was.
            Dictionary<string, BenchServer> nodes = [];
            foreach (var name in new[] { $"one-{round}", $"other-{round}" }) nodes[name] = BenchServer.StartNode(redis, name, api, 1);
            try
            {
                await ReadyAsync(api, nodes, cancellation);
                var input = new JsonObject { ["width"] = 64, ["height"] = 64, ["seed"] = round, ["seconds"] = 60 };
                var envelope = new JsonObject { ["engine"] = "testcard", ["function"] = "render", ["input"] = input };
                var job = (await api.Client.PostAsync("/v1/jobs", envelope, cancellation)).GetProperty("id").GetString()!;
                latencies.Add(await KillAsync(api, nodes, job, cancellation));
                await api.Client.PostAsync($"/v1/jobs/{job}/cancel", null, cancellation);
            }
            finally
            {
                foreach (var node in nodes.Values) await node.DisposeAsync();
            }
        }

        page.Row("kill -9 of a node in mid-job, until its job starts on another", latencies, Unit.Seconds, NodeGone);
    }

    /// <summary>Kills the node on which a job has started.</summary>
    /// <returns>Seconds from the kill to the job's start on the other one.</returns>
    private static async Task<double> KillAsync(
        BenchServer api, Dictionary<string, BenchServer> nodes, string job, CancellationToken cancellation)
    {
        var killed = 0L;
        await foreach (var (kind, data, at) in api.Client.EventsAsync(job, cancellation))
        {
            if (kind == "started" && killed == 0)
            {
                killed = Stopwatch.GetTimestamp();
                Signals.SendKill(nodes[data.GetProperty("node").GetString()!].Pid);
            }
            else if (kind == "started") return Stopwatch.GetElapsedTime(killed, at).TotalSeconds;
            else if (kind is "succeeded" or "failed") throw new InvalidOperationException($"The job {kind} before its node was gone: {data}");
        }

        throw new InvalidOperationException("The stream ended before the job did.");
    }

    private static Task ReadyAsync(BenchServer api, Dictionary<string, BenchServer> nodes, CancellationToken cancellation) => Eventually.HoldsAsync(
        async () => (await api.WorkersAsync(cancellation)).Where(worker => worker.State == "ready").Select(worker => worker.Node).Distinct().Count(nodes.ContainsKey) == nodes.Count,
        "each node has a worker ready");
}
