using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Workers.Bench.Renders;
using Workers.Bench.Report;
using Workers.Bench.Setup;
using Workers.Testing;

namespace Workers.Bench.Shop;

/// <summary>A shop's renders alone and with ten thousand previews of other files queued, and what both cost each other.</summary>
internal sealed class CrowdBench : IBench
{
    private const int Rounds = 3;
    private const int Calls = 60;
    private const int Previews = 10_000;
    private const int Others = 12;
    private const string Tag = "bench-previews";
    private static readonly TimeSpan MeanGap = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan BatchAlone = TimeSpan.FromSeconds(12);
    private static readonly string[] Stages = ["loadSeconds", "runSeconds", "encodeSeconds"];
    private static readonly Picture Small = new(64, 1, 0);
    private static readonly Target OnePreview = new(1);

    public string Name => "crowd";

    public string Title => "(n) A template in a new colour each time, alone and with ten thousand previews queued";

    public async Task RunAsync(ResultsPage page, CancellationToken cancellation)
    {
        if (Programs.LacksBlender(page)) return;
        page.Say(
            $"*Crowd*: {Calls} template renders of 64 px, *in a row* (the next one is asked for when the last one came) or *at random* (customers come on average every "
            + $"{MeanGap.TotalMilliseconds:0} ms), alone, and {Rounds} times while {Previews} previews (128 px and more, priority 10) of {Others} other files wait. "
            + "The rise of the 95th percentile is told in lengths of a preview (95th percentile of opening, drawing, encoding). *Workers* as configured; *none kept*: "
            + "`keepFree` 0.");
        using var temp = new TempFolder();
        await Variants.MakeAsync(temp.FullPath, Others, cancellation);
        await MeasureAsync(page, temp.FullPath, "one worker", new JsonObject { ["workers"] = 1 }, judged: true, cancellation);
        await MeasureAsync(page, temp.FullPath, "two workers", new JsonObject { ["workers"] = 2 }, judged: true, cancellation);
        await MeasureAsync(page, temp.FullPath, "two workers, none kept", new JsonObject { ["workers"] = 2, ["keepFree"] = 0 }, judged: false, cancellation);
    }

    private static async Task MeasureAsync(
        ResultsPage page, string folder, string name, JsonObject engine, bool judged, CancellationToken cancellation)
    {
        engine["queueLimit"] = 1_000_000;
        await using var server = await BenchServer.StartAsync("blender", engine, TestDurability.Always, cancellation);
        List<string> others = [];
        foreach (var other in Directory.GetFiles(folder)) others.Add(await server.Client.UploadAsync(other, cancellation));
        var file = await server.Client.UploadAsync(Product.Path, cancellation);
        var shop = await ShopTemplate.StoreAsync(server, "small", file, Small, cancellation);
        Progress.Say($"{name}: a shop alone");
        await InARowAsync(shop, cancellation);
        var aloneInARow = await InARowAsync(shop, cancellation);
        var aloneAtRandom = await AtRandomAsync(shop, 0, cancellation);
        Progress.Say($"{name}: a shop beside ten thousand previews");
        await server.Client.PostTextAsync("/v1/jobs:batch", Lines(others), "application/x-ndjson", cancellation);
        var (inARow, atRandom, rate, rises, risesAtRandom) = (new Series(), new Series(), new Series(), new List<double>(), new List<double>());
        for (var round = 1; round <= Rounds; round++)
        {
            var row = await InARowAsync(shop, cancellation);
            var (random, previewsASecond) = await CountedAsync(server, () => AtRandomAsync(shop, round, cancellation), cancellation);
            inARow.Add(row);
            atRandom.Add(random);
            rate.Add(previewsASecond);
            rises.Add(row.Percentile(95) - aloneInARow.Percentile(95));
            risesAtRandom.Add(random.Percentile(95) - aloneAtRandom.Percentile(95));
        }

        await Task.Delay(KeptFor(engine), cancellation);
        var (_, batchAlone) = await CountedAsync(server, async () => { await Task.Delay(BatchAlone, cancellation); return 0; }, cancellation);
        var previews = await LengthsAsync(server, cancellation);
        await server.Client.PostAsync($"/v1/jobs:cancel?tag={Tag}", null, cancellation);
        page.Row($"{name}: shop in a row, alone", aloneInARow, Unit.Seconds);
        page.Row($"{name}: shop in a row, beside the previews", inARow, Unit.Seconds);
        page.Row($"{name}: shop at random, alone", aloneAtRandom, Unit.Seconds);
        page.Row($"{name}: shop at random, beside the previews", atRandom, Unit.Seconds);
        page.Row($"{name}: a preview", previews, Unit.Seconds);
        var length = previews.Percentile(95);
        page.Row($"{name}: rise in a row, in previews", new Series(rises.Select(rise => rise / length)), Unit.Ratio, judged ? OnePreview : null);
        page.Row($"{name}: rise at random, in previews", new Series(risesAtRandom.Select(rise => rise / length)), Unit.Ratio, judged ? OnePreview : null);
        page.Row($"{name}: previews a second beside the shop at random", rate, Unit.PerSecond);
        page.Row($"{name}: previews a second alone", new Series(batchAlone), Unit.PerSecond);
    }

    private static async Task<Series> InARowAsync(ShopTemplate shop, CancellationToken cancellation)
    {
        var seconds = new Series();
        for (var call = 0; call < Calls; call++) seconds.Add(await shop.RenderAsync(cancellation));
        return seconds;
    }

    // Customers do not wait for each other: the gaps are drawn beforehand, the same ones for every server.
    private static async Task<Series> AtRandomAsync(ShopTemplate shop, int seed, CancellationToken cancellation)
    {
        var random = new Random(seed);
        List<Task<double>> calls = [];
        for (var call = 0; call < Calls; call++)
        {
            await Task.Delay(MeanGap * -Math.Log(1 - random.NextDouble()), cancellation);
            calls.Add(shop.RenderAsync(cancellation));
        }

        return new Series(await Task.WhenAll(calls));
    }

    // How many previews a second were taken from the queue meanwhile. The figure is up to a second old, both times.
    private static async Task<(T Result, double PerSecond)> CountedAsync<T>(BenchServer server, Func<Task<T>> work, CancellationToken cancellation)
    {
        var (before, began) = (await QueuedAsync(server, cancellation), Stopwatch.GetTimestamp());
        var result = await work();
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        return (result, (before - await QueuedAsync(server, cancellation)) / seconds);
    }

    private static async Task<long> QueuedAsync(BenchServer server, CancellationToken cancellation) =>
        (await server.Client.GetAsync("/v1/status", cancellation)).GetProperty("engines").GetProperty("blender").GetProperty("queued").GetInt64();

    // The oldest jobs are on the last pages.
    private static async Task<Series> LengthsAsync(BenchServer server, CancellationToken cancellation)
    {
        var lengths = new Series();
        var page = "";
        do
        {
            var found = await server.Client.GetAsync($"/v1/jobs?tag={Tag}&state=succeeded&pageSize=200{page}", cancellation);
            foreach (var job in found.GetProperty("jobs").EnumerateArray()) lengths.Add(Seconds(job.GetProperty("timings")));
            page = found.TryGetProperty("nextPageToken", out var token) && token.GetString() is { } next ? $"&pageToken={Uri.EscapeDataString(next)}" : "";
        }
        while (page != "");

        return lengths;
    }

    // A worker stays free for a minute after the shop's last call; only then the batch has them all.
    private static TimeSpan KeptFor(JsonObject engine) =>
        (int)engine["workers"]! > 1 && engine["keepFree"] is null ? TimeSpan.FromSeconds(61) : TimeSpan.Zero;

    private static string Lines(List<string> files)
    {
        var lines = new StringBuilder();
        for (var number = 0; number < Previews; number++)
        {
            var (file, size) = (files[number % files.Count], 128 + (number / files.Count));
            lines.Append(CultureInfo.InvariantCulture, $$$"""{"engine":"blender","function":"preview","priority":10,"tags":["{{{Tag}}}"],"input":{"file":"{{{file}}}","size":{{{size}}}}}""");
            lines.Append('\n');
        }

        return lines.ToString();
    }

    private static double Seconds(JsonElement timings) => Stages.Sum(name => timings.GetProperty(name).GetDouble());
}
