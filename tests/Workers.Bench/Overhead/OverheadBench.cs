using Workers.Bench.Report;
using Workers.Bench.Setup;
using Workers.Testing;

namespace Workers.Bench.Overhead;

/// <summary>What HTTP, queue and durability add to a call that does next to nothing.</summary>
internal sealed class OverheadBench : IBench
{
    private const int Workers = 2;
    private const int Rounds = 24;
    private const int CallsAClient = 40;
    private const int WarmUpCalls = 400;
    private static readonly int[] ClientCounts = [1, 8];
    private long seed;

    public string Name => "overhead";

    public string Title => "(b) Overhead: a testcard of 64 px over HTTP, beside the bare worker call and the bare scripts";

    public async Task RunAsync(ResultsPage page, CancellationToken cancellation)
    {
        await using var workers = await BareWorkers.StartAsync(Workers, cancellation);
        foreach (var durability in (TestDurability[])[TestDurability.None, TestDurability.EverySecond, TestDurability.Always])
        {
            Progress.Say($"overhead with {durability}");
            await using var redis = TestRedis.Start(durability);
            await using var scripts = await ScriptChain.OpenAsync(redis, cancellation);
            foreach (var clients in ClientCounts) await CompareAsync(page, durability, clients, workers, scripts, cancellation);
        }
    }

    private async Task CompareAsync(
        ResultsPage page, TestDurability durability, int clients, BareWorkers workers, ScriptChain scripts, CancellationToken cancellation)
    {
        Task<Series> Calls(int count) => ManyAsync(clients, count, seed => workers.CallAsync(seed, cancellation));
        Task<Series> Chains(int count) => ManyAsync(clients, count, seed => scripts.RunAsync(seed, cancellation));

        await Calls(WarmUpCalls / clients);
        await Chains(WarmUpCalls / clients);
        var (calls, chains) = (new Series(), new Series());
        for (var round = 0; round < Rounds; round++)
        {
            calls.Add(await Calls(CallsAClient));
            chains.Add(await Chains(CallsAClient));
        }

        page.Row($"{durability}, {clients} clients: worker call", calls, Unit.Seconds);
        page.Row($"{durability}, {clients} clients: scripts", chains, Unit.Seconds);
    }

    /// <summary>So many clients at once, each calling one after the other.</summary>
    private async Task<Series> ManyAsync(int clients, int each, Func<long, Task<double>> call)
    {
        var all = await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            var own = new Series();
            for (var number = 0; number < each; number++) own.Add(await call(Interlocked.Increment(ref seed)));
            return own;
        })));
        var together = new Series();
        foreach (var one in all) together.Add(one);
        return together;
    }
}
