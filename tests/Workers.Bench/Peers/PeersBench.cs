using Workers.Bench.Report;
using Workers.Bench.Setup;
using Workers.Testing;

namespace Workers.Bench.Peers;

/// <summary>The same small no-op through Workers and through what one would build without it, on Redis servers of the same settings.</summary>
internal sealed class PeersBench : IBench
{
    private const int Rounds = 20;
    private const int CallsARound = 48;
    private const int WarmUpCalls = 4_000; // Both are servers that run for weeks: their compilers have done their work.
    private const int Workers = 2;
    private static readonly int[] ClientCounts = [1, 8];
    private static readonly Target Quicker = new(0.6, 0.25);
    private static readonly Target NoFewer = new(1, 1.0 / 3);
    private long seed;

    public string Name => "peers";

    public string Title => "(j) A picture of 64 px that costs nothing, beside Fastify with BullMQ";

    public async Task RunAsync(ResultsPage page, CancellationToken cancellation)
    {
        await Peer.InstallAsync(cancellation);
        page.Say(
            $"*Workers*: a testcard, drawn, {Workers} workers. *Peer*: `tests/bench/peers/`: Fastify checks the body, BullMQ queues it, one worker process with as "
            + "many jobs at once as there are clients draws a card as well, inside its own process. *Peer with engines*: the same, but the testcard is drawn by "
            + $"{Workers} warm Python processes of its own, as in Workers. Redis servers of the same settings, one each, so that none waits for the other's writes; "
            + $"a new seed each time, after {WarmUpCalls} calls to warm up each. Calls of a round are made of one side after the other. *Throughput* is the peer's calls per second over ours: below one, we do more.");
        foreach (var durability in (TestDurability[])[TestDurability.None, TestDurability.EverySecond, TestDurability.Always])
            await MeasureAsync(page, durability, cancellation);
    }

    private async Task MeasureAsync(ResultsPage page, TestDurability durability, CancellationToken cancellation)
    {
        Progress.Say($"peers, {durability}");
        await using var redis = BenchRedis.Start(durability);
        await using var anotherRedis = BenchRedis.Start(durability);
        await using var peer = await Peer.StartAsync(redis, ClientCounts.Max(), engines: 0, cancellation);
        await using var driving = await Peer.StartAsync(anotherRedis, ClientCounts.Max(), Workers, cancellation);
        await using var server = await BenchServer.StartAsync("testcard", Workers, durability, cancellation);
        Func<Task<double>> ours = () => server.Client.CardAsync(Interlocked.Increment(ref seed), cancellation);
        (string Name, Func<Task<double>> Call)[] peers =
        [
            ("peer", () => peer.CardAsync(Interlocked.Increment(ref seed), cancellation)),
            ("peer with engines", () => driving.CardAsync(Interlocked.Increment(ref seed), cancellation)),
        ];
        foreach (var side in peers.Select(one => one.Call).Prepend(ours)) await Load.CallsAsync(ClientCounts.Max(), WarmUpCalls, side);
        foreach (var clients in ClientCounts)
        {
            foreach (var (name, theirs) in peers)
                await CompareAsync(page, $"{durability}, {clients} client{(clients == 1 ? "" : "s")}", name, clients, ours, theirs);
        }
    }

    private static async Task CompareAsync(
        ResultsPage page, string name, string peerName, int clients, Func<Task<double>> ours, Func<Task<double>> theirs)
    {
        var (one, other, latency, throughput) = (new Series(), new Series(), new Series(), new Series());
        for (var round = 0; round < Rounds; round++)
        {
            var (own, peer) = (await Load.CallsAsync(clients, CallsARound, ours), await Load.CallsAsync(clients, CallsARound, theirs));
            one.Add(own);
            other.Add(peer);
            latency.Add(own.Median / peer.Median);
            throughput.Add(own.Values.Sum() / peer.Values.Sum()); // A closed loop: as many calls, each client's seconds one after the other.
        }

        page.Row($"{name}: Workers beside the {peerName}", one, Unit.Seconds);
        page.Row($"{name}: {peerName}", other, Unit.Seconds);
        page.Row($"{name}: median, Workers against {peerName}", latency, Unit.Ratio, clients == 1 ? null : Quicker);
        page.Row($"{name}: throughput, {peerName} against Workers", throughput, Unit.Ratio, clients == 1 ? null : NoFewer);
    }
}
