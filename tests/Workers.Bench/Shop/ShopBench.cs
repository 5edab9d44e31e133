using Workers.Bench.Renders;
using Workers.Bench.Report;
using Workers.Bench.Setup;
using Workers.Testing;

namespace Workers.Bench.Shop;

/// <summary>What a shop asks all day, its template in a new colour: over HTTP, by hand in an open Blender, and by a Blender process for the picture.</summary>
internal sealed class ShopBench : IBench
{
    private const int ColdRounds = 4;
    private static readonly Picture[] Pictures = [new(64, 1, 20), new(256, 8, 12), new(512, 16, 5)];
    private static readonly Dictionary<int, Target> AgainstCold = new() { [64] = new(1 / 20.0), [256] = new(1 / 4.0), [512] = new(1 / 1.3) };
    private static readonly Target Close = new(1.1, 1.02);

    public string Name => "shop";

    public string Title => "(k) A template in a new colour each time, beside a cold process, and by hand";

    public async Task RunAsync(ResultsPage page, CancellationToken cancellation)
    {
        if (Programs.LacksBlender(page)) return;
        page.Say(
            "*Template*: `POST /v1/templates/…` with a colour that was never asked for, until the PNG's last byte; one worker with the file open. *Cold*: `blender -b` "
            + "for the picture. *By hand*: the same change and render in an open Blender, timed inside it, afresh each time, or *keeping data* "
            + "(`use_persistent_data`). Floors are those of a *plain scene*, made for this run: a subdivided monkey on a textured ground. The *product* of the samples takes "
            + "longer to render, which makes less of what is saved around the render: its rows are told, not judged.");
        using var temp = new TempFolder();
        Progress.Say("making the plain scene");
        var plain = await MadeScene.MakeAsync("make_plain.py", temp.Below("plain.blend"), cancellation);
        await using var server = await BenchServer.StartAsync("blender", 1, TestDurability.Always, cancellation);
        await MeasureAsync(page, server, "plain scene", plain, judged: true, cancellation);
        await MeasureAsync(page, server, "product", Product.Path, judged: false, cancellation);
    }

    private static async Task MeasureAsync(
        ResultsPage page, BenchServer server, string scene, string path, bool judged, CancellationToken cancellation)
    {
        using var temp = new TempFolder();
        await using var bare = await BareBlender.StartAsync(path, cancellation);
        await using var keeping = await BareBlender.StartAsync(path, cancellation);
        var file = await server.Client.UploadAsync(path, cancellation);
        foreach (var picture in Pictures)
        {
            Progress.Say($"{scene}: template of {picture}");
            var template = await ShopTemplate.StoreAsync(server, FormattableString.Invariant($"{scene[..5]}-{picture.Pixels}"), file, picture, cancellation);
            var (warm, byHand, kept, cold) = (new Series(), new Series(), new Series(), new Series());
            var (againstHand, againstKept, againstCold) = (new Series(), new Series(), new Series());
            for (var round = -1; round < picture.Rounds; round++)
            {
                var one = await template.RenderAsync(cancellation);
                var other = await bare.RenderAsync(picture, Product.Colour(round + 7), false, temp.Below("picture.png"), cancellation);
                var third = await keeping.RenderAsync(picture, Product.Colour(round + 7), true, temp.Below("picture.png"), cancellation);
                if (round < 0) continue; // Opens the file, and fills whatever fills at the first picture.
                warm.Add(one);
                byHand.Add(other);
                kept.Add(third);
                againstHand.Add(one / other);
                againstKept.Add(one / third);
                if (round >= ColdRounds) continue;
                cold.Add(await ColdBlender.RenderAsync(path, picture, temp.Below($"{Guid.NewGuid():N}.png"), cancellation));
                againstCold.Add(one / cold.Values[^1]);
            }

            var name = $"{scene}, {picture}";
            page.Row($"{name}: template", warm, Unit.Seconds);
            page.Row($"{name}: by hand", byHand, Unit.Seconds);
            page.Row($"{name}: by hand, keeping data", kept, Unit.Seconds);
            page.Row($"{name}: cold process", cold, Unit.Seconds);
            page.Row($"{name}: template against by hand", againstHand, Unit.Ratio, judged && picture.Pixels == 256 ? Close : null);
            page.Row($"{name}: template against by hand, keeping data", againstKept, Unit.Ratio);
            page.Row($"{name}: template against cold", againstCold, Unit.Ratio, judged ? AgainstCold[picture.Pixels] : null);
        }
    }
}
