using Workers.Bench.Report;
using Workers.Bench.Setup;
using Workers.Testing;

namespace Workers.Bench.Overhead;

/// <summary>What HTTP, queue and store add to a call that does next to nothing.</summary>
internal sealed class OverheadBench : IBench
{
    private const int Workers = 2;
    private const int Rounds = 20;
    private const int CallsARound = 48;
    private const int WarmUpCalls = 640;
    private static readonly int[] ClientCounts = [1, 8];
    private static readonly Target NotTwice = new(2, 1.3);
    private long seed;

    public string Name => "overhead";

    public string Title => "(b) Overhead: a testcard of 64 px over HTTP, beside the bare worker call and the bare scripts";

    public async Task RunAsync(ResultsPage page, CancellationToken cancellation)
    {
        page.Say(
            "*HTTP*: `POST /v1/engines/testcard/functions/render` with a new seed each time, until the last byte of the picture. "
            + "*Worker call*: the same function through the node's own worker class, no HTTP, no Redis. "
            + "*Scripts*: submit, claim, complete from C#, one after the other, with arguments of the same size, on a second Redis of the same "
            + $"settings. {Workers} workers on both sides. The ratio is HTTP against the sum of these two, median against medians. "
            + "*Store*: the picture into the blob store as a file of its own, synced with `always`. HTTP does that after its answer, because small "
            + "pictures go to Redis with their job's end; the line tells what that saves.");
        page.Say(
            "HTTP has what neither bare side has: HTTP itself, the check of the input against its schema, the wake-ups of node and waiting request, "
            + "a folder made and removed for the call, and the carrying of pictures to the blob store meanwhile.");
        await using var workers = await BareWorkers.StartAsync(Workers, cancellation);
        foreach (var durability in (TestDurability[])[TestDurability.None, TestDurability.EverySecond, TestDurability.Always])
        {
            Progress.Say($"overhead, {NameOf(durability)}");
            await using var redis = BenchRedis.Start(durability);
            await using var scripts = await ScriptChain.OpenAsync(redis, cancellation);
            await using var server = await BenchServer.StartAsync("testcard", Workers, durability, cancellation);
            using var store = new BareStore(durability);
            var sides = new Sides(
                () => server.Client.CardAsync(NextSeed(), cancellation),
                () => workers.CallAsync(NextSeed(), cancellation),
                () => scripts.RunAsync(NextSeed(), cancellation),
                () => store.StoreAsync(NextSeed(), cancellation));
            await sides.RoundAsync(ClientCounts.Max(), WarmUpCalls / ClientCounts.Max());
            foreach (var clients in ClientCounts)
                await CompareAsync(page, $"{NameOf(durability)}, {clients} client{(clients == 1 ? "" : "s")}", sides, clients);
        }
    }

    private static async Task CompareAsync(ResultsPage page, string name, Sides sides, int clients)
    {
        var (http, call, scripts, store) = (new Series(), new Series(), new Series(), new Series());
        var ratio = new Series();
        for (var round = 0; round < Rounds; round++)
        {
            var one = await sides.RoundAsync(clients, CallsARound);
            http.Add(one.Http);
            call.Add(one.Call);
            scripts.Add(one.Scripts);
            store.Add(one.Store);
            ratio.Add(one.Http.Median / (one.Call.Median + one.Scripts.Median));
        }

        page.Row($"{name}: HTTP", http, Unit.Seconds);
        page.Row($"{name}: worker call", call, Unit.Seconds);
        page.Row($"{name}: scripts", scripts, Unit.Seconds);
        page.Row($"{name}: HTTP against call + scripts", ratio, Unit.Ratio, NotTwice);
        page.Row($"{name}: store", store, Unit.Seconds);
    }

    private static string NameOf(TestDurability durability) => durability switch
    {
        TestDurability.None => "no log",
        TestDurability.EverySecond => "everysec",
        _ => "always",
    };

    private long NextSeed() => Interlocked.Increment(ref seed);

    /// <summary>The things compared: each a call that answers its seconds.</summary>
    private sealed record Sides(Func<Task<double>> Http, Func<Task<double>> Call, Func<Task<double>> Scripts, Func<Task<double>> Store)
    {
        /// <summary>So many calls of each, one side after the other.</summary>
        public async Task<(Series Http, Series Call, Series Scripts, Series Store)> RoundAsync(int clients, int each) =>
        (
            await Load.CallsAsync(clients, each, Http),
            await Load.CallsAsync(clients, each, Call),
            await Load.CallsAsync(clients, each, Scripts),
            await Load.CallsAsync(clients, each, Store));
    }
}
