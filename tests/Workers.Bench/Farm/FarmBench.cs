using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Workers.Bench.Queue;
using Workers.Bench.Report;
using Workers.Bench.Setup;
using Workers.Jobs;
using Workers.Jobs.Nodes;
using Workers.Jobs.Redis;
using Workers.Testing;

namespace Workers.Bench.Farm;

/// <summary>How far one Redis carries: a thousand nodes that claim, complete and report, without their processes.</summary>
internal sealed class FarmBench : IBench
{
    private const int Nodes = 1_000;
    private const int WorkersOfNode = 10;
    private const int JobsOfRound = 5_000;
    private const int Rounds = 5;
    private const int ClaimersAtOnce = 64;
    private const int IdleSeconds = 10;

    public string Name => "farm";

    public string Title => string.Create(CultureInfo.InvariantCulture, $"(f) A simulated farm: {Nodes:#,0} nodes of {WorkersOfNode} workers on one Redis");

    public async Task RunAsync(ResultsPage page, CancellationToken cancellation)
    {
        page.Say(
            "Claim loops without processes, all in this one: what is measured is Redis and its scripts, on the same two cores as its callers. "
            + "*Idle*: each node claims in vain once a second, reads what is desired of it every two seconds and reports its ten workers as often.");
        await using var redis = BenchRedis.Start(TestDurability.Always);
        var options = new RedisGateOptions { ConnectionString = redis.ConnectionString, Deadline = TimeSpan.FromSeconds(30) };
        await using var gate = new RedisGate(options, NullLogger<RedisGate>.Instance);
        await gate.StartAsync(cancellation);
        var nodes = new NodeRegistry(gate);
        foreach (var some in Enumerable.Range(0, Nodes).Chunk(100))
            await Task.WhenAll(some.Select(number => nodes.ReportAsync(Report(number), cancellation)));
        await BusyAsync(page, redis, gate, cancellation);
        await IdleAsync(page, redis, gate, nodes, cancellation);
    }

    private static async Task BusyAsync(ResultsPage page, TestRedis redis, RedisGate gate, CancellationToken cancellation)
    {
        var (jobs, attempts) = (new JobStore(gate), new AttemptStore(gate));
        var (rates, times) = (new Series(), new Series());
        for (var round = 0; round < Rounds; round++)
        {
            Progress.Say($"farm: round {round + 1} of {Rounds}");
            foreach (var some in Enumerable.Range(0, JobsOfRound).Chunk(200))
                await Task.WhenAll(some.Select(number => jobs.SubmitAsync(ScriptChain.NewSubmission(number, "client " + (number % 50)), cancellation)));
            var left = JobsOfRound;
            var clock = System.Diagnostics.Stopwatch.StartNew();
            times.Add(await ScriptTimes.MeasureAsync(redis, () => Task.WhenAll(Enumerable.Range(0, ClaimersAtOnce).Select(async claimer =>
            {
                for (var node = claimer; Interlocked.Decrement(ref left) >= 0; node += ClaimersAtOnce)
                {
                    var claimed = await attempts.ClaimAsync(Claim(node % Nodes), cancellation) ?? throw new InvalidOperationException("Nothing to claim.");
                    await attempts.CompleteAsync(claimed.Lease, new JobResult(), cancellation);
                }
            }))));
            rates.Add(JobsOfRound / clock.Elapsed.TotalSeconds);
        }

        page.Row("jobs claimed and completed a second, by all nodes together, synced each time", rates, Unit.PerSecond);
        page.Row("mean time of a script in Redis meanwhile", times, Unit.Seconds);
    }

    private static async Task IdleAsync(ResultsPage page, TestRedis redis, RedisGate gate, NodeRegistry nodes, CancellationToken cancellation)
    {
        Progress.Say("farm: idle");
        var attempts = new AttemptStore(gate);
        var (before, clock) = (RedisProcessor(redis), System.Diagnostics.Stopwatch.StartNew());
        var rounds = new Series();
        for (var second = 0; second < IdleSeconds; second++)
        {
            var round = System.Diagnostics.Stopwatch.StartNew();
            foreach (var some in Enumerable.Range(0, Nodes).Chunk(50))
            {
                await Task.WhenAll(some.Select(node => attempts.ClaimAsync(Claim(node), cancellation)));
                if (second % 2 == 0)
                    await Task.WhenAll(some.SelectMany(node => new[] { nodes.ReportAsync(Report(node), cancellation), nodes.DesiredAsync(cancellation) }));
            }

            rounds.Add(round.Elapsed.TotalSeconds);
            var left = TimeSpan.FromSeconds(second + 1) - clock.Elapsed;
            if (left > TimeSpan.Zero)
                await Task.Delay(left, cancellation);
        }

        var share = (RedisProcessor(redis) - before) / clock.Elapsed.TotalSeconds;
        page.Row("idle: time for one second's work of all nodes", rounds, Unit.Seconds);
        page.Row("idle: Redis's processor time a second, of one core", new Series(share), Unit.Ratio);
        page.Row("idle: Redis's processor time a node and second", new Series(share / Nodes), Unit.Seconds);
    }

    private static double RedisProcessor(TestRedis redis) => redis.Command("INFO", "cpu").Split('\n').Select(line => line.Trim().Split(':'))
        .Where(pair => pair[0] is "used_cpu_sys" or "used_cpu_user").Sum(pair => double.Parse(pair[1], CultureInfo.InvariantCulture));

    private static ClaimRequest Claim(int node) =>
        new("testcard", $"node-{node}", "0123456789abcdef0123456789abcdef", $"testcard-{node % WorkersOfNode}", 4242, new Dictionary<string, string>());

    private static NodeReport Report(int node) => new()
    {
        Id = $"node-{node}",
        Boot = "0123456789abcdef0123456789abcdef",
        State = "active",
        Host = $"host-{node}",
        Version = "0.1.0",
        Workers =
        [
            .. Enumerable.Range(1, WorkersOfNode).Select(slot => new WorkerReport
            {
                Id = $"node-{node}.testcard-{slot}", Node = $"node-{node}", Engine = "testcard", State = "ready", Pid = 4242,
            }),
        ],
        Engines = [new EngineReport { Name = "testcard", Available = true, Size = WorkersOfNode }],
    };
}
