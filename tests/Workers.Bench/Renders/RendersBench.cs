using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Workers.Bench.Report;
using Workers.Bench.Setup;
using Workers.Testing;

namespace Workers.Bench.Renders;

/// <summary>A picture of the product: cold process, warm worker, warm with changed material, and by hand in an open Blender.</summary>
internal sealed class RendersBench : IBench
{
    private const string Render = "/v1/engines/blender/functions/render";
    private const int LeastRounds = 3;
    private const int ColdRounds = 3;
    private static readonly TimeSpan TimeForAPicture = TimeSpan.FromSeconds(75);
    private static readonly Picture[] Pictures = [new(64, 1, 40), new(256, 8, 15), new(512, 16, 8)];
    private static readonly Target Close = new(1.1, 1.02);

    public string Name => "renders";

    public string Title => "(a) Renders of samples/product.blend, cold and warm, beside the same by hand";

    public async Task RunAsync(ResultsPage page, CancellationToken cancellation)
    {
        if (Programs.Blender is null)
        {
            page.NotMeasured("Blender was not found; install it, or set BLENDER=/path/to/blender.");
            return;
        }

        page.Say(
            "*Cold*: `blender -b` started for the picture, as farm managers do. "
            + "*Warm*: over HTTP, one client, one worker that has the file open, until the PNG's last byte. "
            + "*By hand*: one Blender with the file open, settings changed by a script, one render, saved as the same PNG; timed inside that "
            + "process. *Keeping data*: the same with `use_persistent_data`, which the engine does not use because it carries state from call to "
            + "call; shown for comparison.");
        using var temp = new TempFolder();
        await using var bare = await BareBlender.StartAsync(cancellation);
        await using var server = await BenchServer.StartAsync("blender", 1, TestDurability.Always, cancellation);
        var file = await server.Client.UploadAsync(Product.Path, "application/octet-stream", cancellation);
        foreach (var picture in Pictures)
        {
            Progress.Say($"renders of {picture}");
            var path = temp.Below("picture.png");
            await MeasureAsync(
                page,
                picture,
                new Ways(
                    () => ColdBlender.RenderAsync(picture, temp.Below($"{Guid.NewGuid():N}.png"), cancellation),
                    colour => server.Client.PictureAsync(Render, Input(file, picture, colour), cancellation),
                    (colour, keep) => bare.RenderAsync(picture, colour, keep, path, cancellation)));
        }
    }

    private static async Task MeasureAsync(ResultsPage page, Picture picture, Ways ways)
    {
        var (cold, warm, changed, hand, handChanged, kept) = (new Series(), new Series(), new Series(), new Series(), new Series(), new Series());
        var (ratio, ratioChanged) = (new Series(), new Series());
        await ways.Warm(null); // Opens the file, and fills whatever fills at the first picture of a size.
        await ways.ByHand(null, false);
        var clock = Stopwatch.StartNew();
        for (var round = 0; round < picture.Rounds && (round < LeastRounds || clock.Elapsed < TimeForAPicture); round++)
        {
            var colour = Product.Colour(round);
            if (round < ColdRounds) cold.Add(await ways.Cold());
            warm.Add(await ways.Warm(null));
            hand.Add(await ways.ByHand(null, false));
            changed.Add(await ways.Warm(colour));
            handChanged.Add(await ways.ByHand(colour, false));
            ratio.Add(warm.Values[round] / hand.Values[round]);
            ratioChanged.Add(changed.Values[round] / handChanged.Values[round]);
        }

        await ways.ByHand(null, true);
        for (var round = 0; round < LeastRounds; round++) kept.Add(await ways.ByHand(Product.Colour(round), true));
        page.Row($"{picture}: cold process", cold, Unit.Seconds);
        page.Row($"{picture}: warm", warm, Unit.Seconds);
        page.Row($"{picture}: by hand", hand, Unit.Seconds);
        page.Row($"{picture}: warm against by hand", ratio, Unit.Ratio, Close);
        page.Row($"{picture}: warm, changed material", changed, Unit.Seconds);
        page.Row($"{picture}: by hand, changed material", handChanged, Unit.Seconds);
        page.Row($"{picture}: changed, warm against by hand", ratioChanged, Unit.Ratio, Close);
        page.Row($"{picture}: by hand, changed, keeping data", kept, Unit.Seconds);
        page.Row($"{picture}: cold against warm", new Series(cold.Values.Zip(warm.Values, (one, other) => one / other)), Unit.Ratio);
    }

    private static byte[] Input(string file, Picture picture, double[]? colour)
    {
        var input = new JsonObject
        {
            ["file"] = file,
            ["camera"] = "Hero",
            ["width"] = picture.Pixels,
            ["height"] = picture.Pixels,
            ["samples"] = picture.Samples,
            ["format"] = "png",
        };
        if (colour is not null)
            input["set"] = new JsonObject { [Product.Fabric] = new JsonArray([.. colour.Select(part => JsonValue.Create(part))]) };
        return Encoding.UTF8.GetBytes(input.ToJsonString());
    }

    /// <summary>The ways to the same picture; each answers its seconds. A colour changes the material; null leaves it.</summary>
    private sealed record Ways(Func<Task<double>> Cold, Func<double[]?, Task<double>> Warm, Func<double[]?, bool, Task<double>> ByHand);
}
