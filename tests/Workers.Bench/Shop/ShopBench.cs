using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Workers.Bench.Renders;
using Workers.Bench.Report;
using Workers.Bench.Setup;
using Workers.Testing;

namespace Workers.Bench.Shop;

/// <summary>What a shop asks all day: its template in a colour that nobody asked for before, alone, and beside ten thousand queued previews.</summary>
internal sealed class ShopBench : IBench
{
    private const int Calls = 60;
    private const int Previews = 10_000;
    private const int Others = 12;
    private const string Tag = "bench-previews";
    private static readonly string[] Stages = ["loadSeconds", "runSeconds", "encodeSeconds"];
    private static readonly Picture[] Pictures = [new(64, 1, 20), new(256, 2, 12), new(256, 8, 12), new(512, 4, 6), new(512, 16, 6)];
    private static readonly Dictionary<int, Target> AgainstCold = new() { [64] = new(1 / 20.0), [256] = new(1 / 4.0), [512] = new(1 / 1.3) };
    private static readonly Target Close = new(1.1, 1.02);
    private static readonly Target OnePreview = new(1);

    public string Name => "shop";

    public string Title => "(k) A template in a new colour each time, beside a cold process, by hand, and with ten thousand previews queued";

    public async Task RunAsync(ResultsPage page, CancellationToken cancellation)
    {
        if (Programs.Blender is null)
        {
            page.NotMeasured("Blender was not found; install it, or set BLENDER=/path/to/blender.");
            return;
        }

        await using var server = await BenchServer.StartAsync("blender", 1, TestDurability.Always, cancellation);
        var file = await server.Client.UploadAsync(Product.Path, "application/octet-stream", cancellation);
        foreach (var picture in Pictures) await server.Client.PutAsync($"/v1/templates/{NameOf(picture)}", Template(file, picture), cancellation);
        await CompareAsync(page, server, cancellation);
        await CrowdAsync(page, server, cancellation);
    }

    private static async Task CompareAsync(ResultsPage page, BenchServer server, CancellationToken cancellation)
    {
        page.Say(
            "*Template*: `POST /v1/templates/…` with a colour that was never asked for, until the PNG's last byte; one worker with the file open. *Cold*: `blender -b` "
            + "for the picture. *By hand*: the same change and render in an open Blender, timed inside it, afresh each time.");
        using var temp = new TempFolder();
        await using var bare = await BareBlender.StartAsync(Product.Path, cancellation);
        foreach (var picture in Pictures)
        {
            Progress.Say($"template of {picture}");
            var (warm, byHand, cold, againstHand, againstCold) = (new Series(), new Series(), new Series(), new Series(), new Series());
            for (var round = -1; round < picture.Rounds; round++)
            {
                var colour = Colour(picture.Pixels, round + 1);
                var one = await server.Client.PictureAsync($"/v1/templates/{NameOf(picture)}", colour, cancellation);
                var other = await bare.RenderAsync(picture, Product.Colour(round + 7), false, temp.Below("picture.png"), cancellation);
                if (round < 0) continue; // Opens the file, and fills whatever fills at the first picture.
                warm.Add(one);
                byHand.Add(other);
                againstHand.Add(one / other);
                if (round >= 4) continue;
                cold.Add(await ColdBlender.RenderAsync(picture, temp.Below($"{Guid.NewGuid():N}.png"), cancellation));
                againstCold.Add(one / cold.Values[^1]);
            }

            page.Row($"{picture}: template", warm, Unit.Seconds);
            page.Row($"{picture}: by hand", byHand, Unit.Seconds);
            page.Row($"{picture}: cold process", cold, Unit.Seconds);
            page.Row($"{picture}: template against by hand", againstHand, Unit.Ratio, picture.Pixels == 256 ? Close : null);
            page.Row($"{picture}: template against cold", againstCold, Unit.Ratio, AgainstCold[picture.Pixels]);
        }
    }

    private static async Task CrowdAsync(ResultsPage page, BenchServer server, CancellationToken cancellation)
    {
        page.Say(
            $"*Crowd*: {Calls} template renders of 64 px, one after the other, alone and while {Previews} previews (128 px and more, priority 10) of {Others} other files wait for the only worker. "
            + "The rise of the 95th percentile is judged against the length of one preview (95th percentile of what they take: opening, drawing, encoding).");
        using var temp = new TempFolder();
        await Variants.MakeAsync(temp.FullPath, Others, cancellation);
        List<string> others = [];
        foreach (var other in Directory.GetFiles(temp.FullPath)) others.Add(await server.Client.UploadAsync(other, "application/octet-stream", cancellation));
        Progress.Say("a shop alone");
        var alone = await CallsAsync(server, 1_000, cancellation);
        Progress.Say("a shop beside ten thousand previews");
        var lines = new StringBuilder();
        for (var number = 0; number < Previews; number++)
        {
            lines.Append(CultureInfo.InvariantCulture, $$$"""{"engine":"blender","function":"preview","priority":10,"tags":["{{{Tag}}}"],"input":{"file":"{{{others[number % others.Count]}}}","size":{{{128 + (number / others.Count)}}}}}""");
            lines.Append('\n');
        }

        await server.Client.PostTextAsync("/v1/jobs:batch", lines.ToString(), "application/x-ndjson", cancellation);
        var beside = await CallsAsync(server, 2_000, cancellation);
        var done = (await server.Client.GetAsync($"/v1/jobs?tag={Tag}&state=succeeded&pageSize=200", cancellation)).GetProperty("jobs");
        var previews = new Series(done.EnumerateArray().Select(job => Seconds(job.GetProperty("timings"))));
        await server.Client.PostAsync($"/v1/jobs:cancel?tag={Tag}", null, cancellation);
        page.Row("shop alone", alone, Unit.Seconds);
        page.Row("shop beside the previews", beside, Unit.Seconds);
        page.Row("a preview", previews, Unit.Seconds);
        var rise = beside.Percentile(95) - alone.Percentile(95);
        page.Row("rise of the 95th percentile", new Series(rise), Unit.Seconds);
        page.Row("rise, in previews", new Series(rise / previews.Percentile(95)), Unit.Ratio, OnePreview);
    }

    private static double Seconds(JsonElement timings) =>
        Stages.Sum(name => timings.GetProperty(name).GetDouble());

    private static string NameOf(Picture picture) => string.Create(CultureInfo.InvariantCulture, $"p{picture.Pixels}-{picture.Samples}");

    private static async Task<Series> CallsAsync(BenchServer server, int first, CancellationToken cancellation)
    {
        var seconds = new Series();
        for (var number = 0; number < Calls; number++)
            seconds.Add(await server.Client.PictureAsync("/v1/templates/p64-1", Colour(64, first + number), cancellation));
        return seconds;
    }

    private static byte[] Colour(int pixels, int number) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"fabric":"#{{(pixels * 4096) + number:x6}}"}"""));

    private static JsonObject Template(string file, Picture picture) => new()
    {
        ["engine"] = "blender",
        ["function"] = "render",
        ["input"] = new JsonObject
        {
            ["file"] = file,
            ["camera"] = "Hero",
            ["width"] = picture.Pixels,
            ["height"] = picture.Pixels,
            ["samples"] = picture.Samples,
        },
        ["parameters"] = new JsonObject
        {
            ["fabric"] = new JsonObject { ["type"] = "color", ["default"] = "#7a1f2b", ["drives"] = "/materials/Fabric/baseColor" },
        },
    };
}
