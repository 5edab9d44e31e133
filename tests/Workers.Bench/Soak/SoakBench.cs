using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Workers.Bench.Report;
using Workers.Bench.Setup;
using Workers.Testing;

namespace Workers.Bench.Soak;

/// <summary>
/// Many jobs through one API and one node: calls, jobs that are followed, and workers that die. Memory must stay as it is, and nothing may be left
/// that is not given back.
/// </summary>
internal sealed class SoakBench : IBench
{
    private const int Clients = 8;
    private const int Workers = 2;
    private const int WarmUp = 600;
    private const int Pictures = 200;
    private static readonly TimeSpan SampleEvery = TimeSpan.FromMilliseconds(500);
    private static readonly Target Flat = new(1.1);
    private static readonly Target Nothing = new(0);

    // Pools of threads and connections breathe; what leaks with jobs leaks by thousands.
    private static readonly Target Breath = new(12);

    public string Name => "soak";

    public bool IsApart => true;

    public string Title => "Ten thousand jobs: what stays behind";

    public async Task RunAsync(ResultsPage page, CancellationToken cancellation)
    {
        var jobs = int.Parse(Environment.GetEnvironmentVariable("JOBS") is { Length: > 0 } set ? set : "10000", CultureInfo.InvariantCulture);
        await using var redis = BenchRedis.Start(TestDurability.Always);
        await using var api = await BenchServer.StartApiAsync(redis, cancellation);
        await using var node = BenchServer.StartNode(redis, "soaked", api, Workers);
        await IdleAsync(api, node, cancellation);
        await RunJobsAsync(api, WarmUp, 0, _ => { }, cancellation);
        await IdleAsync(api, node, cancellation);
        (BenchServer Server, string Name, ProcessCounts Before)[] both =
            [(api, "API", ProcessCounts.Of(api.Pid)), (node, "node", ProcessCounts.Of(node.Pid))];

        Progress.Say($"{jobs} jobs");
        var clock = Stopwatch.StartNew();
        var samples = new MemorySamples(api, node);
        using var sampling = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var done = 0;
        var sampler = samples.TakeAsync(() => (double)Volatile.Read(ref done) / jobs, SampleEvery, sampling.Token);
        await RunJobsAsync(api, jobs, WarmUp, _ => Interlocked.Increment(ref done), cancellation);
        await sampling.CancelAsync();
        await sampler;
        var took = clock.Elapsed;
        await IdleAsync(api, node, cancellation);

        page.Say(string.Create(
            CultureInfo.InvariantCulture,
            $"{jobs} jobs in {took.TotalSeconds:0} s from {Clients} clients over {Workers} workers: calls, jobs followed by their events, and one in fifty whose worker dies. "
            + $"API and node are processes of their own; memory was looked at every {SampleEvery.TotalSeconds} s. A managed heap is what the last collection left, and few "
            + $"collections of so small a heap look at old objects, so that it also holds what is garbage already: it is shown, and resident memory is judged."));
        foreach (var (what, second, last) in samples.Quarters())
        {
            page.Row(what + ", second quarter", second, Unit.Bytes);
            page.Row(what + ", last quarter", last, Unit.Bytes);
            page.Row(what + ", last against second", new Series(last.Median / second.Median), Unit.Ratio, what.EndsWith("heap", StringComparison.Ordinal) ? null : Flat);
        }

        foreach (var (server, name, before) in both)
        {
            var after = ProcessCounts.Of(server.Pid);
            More(page, $"{name}, file descriptors", before.Files, after.Files, Breath);
            More(page, $"{name}, sockets", before.Sockets, after.Sockets, Breath);
            More(page, $"{name}, threads", before.Threads, after.Threads, Breath);
            More(page, $"{name}, processes below it", before.Children, after.Children, Nothing);
        }

        page.Row("folders of calls and interrupted writes left", new Series(api.Leftovers.Count + node.Leftovers.Count), Unit.Count, Nothing);
    }

    private static void More(ResultsPage page, string what, int before, int after, Target target) =>
        page.Row($"{what}: {before} before, {after} after; more", new Series(Math.Max(0, after - before)), Unit.Count, target);

    private static async Task RunJobsAsync(BenchServer api, int count, int first, Action<int> done, CancellationToken cancellation)
    {
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(
            async () =>
            {
                for (int number; (number = Interlocked.Increment(ref next)) < count;)
                {
                    await RunOneAsync(api.Client, first + number, cancellation);
                    done(number);
                }
            },
            cancellation)));
    }

    private static Task RunOneAsync(LeanClient client, int number, CancellationToken cancellation) => (number % 50) switch
    {
        7 => FollowAsync(client, "fault", new JsonObject { ["kind"] = "crash", ["onAttempts"] = new JsonArray(1), ["seed"] = number % Pictures }, cancellation),
        10 or 20 or 30 or 40 => FollowAsync(client, "render", Card(number, 0.01), cancellation),
        _ => client.PictureAsync("/v1/engines/testcard/functions/render", Encoding.UTF8.GetBytes(Card(number, 0).ToJsonString()), cancellation),
    };

    // No two inputs are equal, so that every job is run; few pictures are, so that caches of bytes, which may fill, are full before it counts.
    private static JsonObject Card(int number, double seconds) =>
        new() { ["width"] = 64, ["height"] = 64, ["seed"] = number % Pictures, ["seconds"] = seconds + (number * 1e-8) };

    private static async Task FollowAsync(LeanClient client, string function, JsonObject input, CancellationToken cancellation)
    {
        var envelope = new JsonObject { ["engine"] = "testcard", ["function"] = function, ["input"] = input, ["maxAttempts"] = 5 };
        var job = (await client.PostAsync("/v1/jobs", envelope, cancellation)).GetProperty("id").GetString()!;
        await foreach (var (kind, data, _) in client.EventsAsync(job, cancellation))
        {
            if (kind is "failed" or "canceled") throw new InvalidOperationException($"Job {job} {kind}: {data}");
        }
    }

    // Nothing runs, every worker is there again, and what was in use a moment ago is given back.
    private static async Task IdleAsync(BenchServer api, BenchServer node, CancellationToken cancellation)
    {
        await Eventually.HoldsAsync(
            async () => (await api.WorkersAsync(cancellation)).Count(worker => worker.State == "ready") == Workers && node.Leftovers.Count == 0,
            "workers are idle");
        await Task.Delay(TimeSpan.FromSeconds(5), cancellation);
    }
}
