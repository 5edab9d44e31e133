using System.Text;
using System.Text.Json.Nodes;
using Workers.Bench.Report;
using Workers.Bench.Setup;
using Workers.Testing;

namespace Workers.Bench.Renders;

/// <summary>A scene of two million faces: the product's way beside one plain pass in an open Blender.</summary>
internal sealed class HeavyBench : IBench
{
    private static readonly Picture[] Pictures = [new(128, 8, 7), new(512, 16, 7)];
    private static readonly Target Close = new(1.15);

    public string Name => "heavy";

    public string Title => "(f) Renders of a scene of two million faces, beside one plain pass by hand";

    public async Task RunAsync(ResultsPage page, CancellationToken cancellation)
    {
        if (Programs.LacksBlender(page)) return;
        page.Say(
            "Two million faces, made for this run; uploaded once, open in both. *Over HTTP*: POST /v1/render until the PNG's last byte, another camera "
            + "height each time, so that no picture repeats. *One plain pass*: the same in a Blender of its own, timed inside that process.");
        using var temp = new TempFolder();
        Progress.Say("making the heavy scene");
        var scene = await MadeScene.MakeAsync("make_heavy.py", temp.Below("heavy.blend"), cancellation);
        await using var bare = await BareBlender.StartAsync(scene, cancellation);
        await using var server = await BenchServer.StartAsync("blender", 1, TestDurability.Always, cancellation);
        var file = await server.Client.UploadAsync(scene, cancellation);
        foreach (var picture in Pictures)
        {
            Progress.Say($"heavy renders of {picture}");
            var (product, plain, ratio) = (new Series(), new Series(), new Series());
            for (var round = -1; round < picture.Rounds; round++)
            {
                var (one, other) = (
                    await server.Client.RenderAsync("/v1/render", Input(file, picture, round), cancellation),
                    await bare.RenderAsync(picture, null, false, temp.Below("picture.png"), cancellation));
                if (round < 0)
                    continue; // Opens the file, and fills whatever fills at the first picture.
                product.Add(one);
                plain.Add(other);
                ratio.Add(one / other);
            }

            page.Row($"{picture}: over HTTP", product, Unit.Seconds);
            page.Row($"{picture}: one plain pass", plain, Unit.Seconds);
            page.Row($"{picture}: over HTTP against one plain pass", ratio, Unit.Ratio, Close);
        }
    }

    private static byte[] Input(string file, Picture picture, int round) => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["file"] = file,
        ["camera"] = "Hero",
        ["width"] = picture.Pixels,
        ["height"] = picture.Pixels,
        ["samples"] = picture.Samples,
        ["format"] = "png",
        ["set"] = new JsonObject { ["objects[\"Hero\"].location[2]"] = 5 + (round * 0.01) },
    }.ToJsonString());
}
