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
    private const int LeastRounds = 5;
    private const int ColdRounds = 3;
    private static readonly TimeSpan TimeForAPicture = TimeSpan.FromSeconds(90);
    private static readonly Picture[] Pictures = [new(64, 1, 40), new(256, 8, 15), new(512, 16, 8)];
    private static readonly Target Close = new(1.1, 1.02);

    public string Name => "renders";

    public string Title => "(a) Renders of samples/product.blend, cold and warm, beside the same by hand";

    public async Task RunAsync(ResultsPage page, CancellationToken cancellation)
    {
        if (Programs.LacksBlender(page)) return;
        page.Say(
            "*Cold*: `blender -b` started for the picture, as farm managers do. "
            + "*Warm*: over HTTP, one client, one worker that has the file open, until the PNG's last byte. "
            + "*By hand*: a Blender with the file open, settings changed by a script, one render, saved as the same PNG; timed inside that "
            + "process; *afresh*, or *keeping data* (`use_persistent_data`), which the engine itself does only for small pictures that differ in "
            + "nothing but materials.");
        using var temp = new TempFolder();
        await using var afresh = await BareBlender.StartAsync(Product.Path, cancellation);
        await using var keeping = await BareBlender.StartAsync(Product.Path, cancellation);
        await using var server = await BenchServer.StartAsync("blender", 1, TestDurability.Always, cancellation);
        var file = await server.Client.UploadAsync(Product.Path, cancellation);
        foreach (var picture in Pictures)
        {
            Progress.Say($"renders of {picture}");
            var path = temp.Below("picture.png");
            await MeasureAsync(
                page,
                picture,
                new Ways(
                    () => ColdBlender.RenderAsync(Product.Path, picture, temp.Below($"{Guid.NewGuid():N}.png"), cancellation),
                    colour => server.Client.RenderAsync(Render, Input(file, picture, colour), cancellation),
                    colour => afresh.RenderAsync(picture, colour, false, path, cancellation),
                    colour => keeping.RenderAsync(picture, colour, true, path, cancellation)));
        }
    }

    private static async Task MeasureAsync(ResultsPage page, Picture picture, Ways ways)
    {
        var (cold, same, changed) = (new Series(), new Comparison(), new Comparison());
        foreach (var way in ways.Repeated) await way(null); // Opens the file, and fills whatever fills at the first picture of a size.
        var clock = Stopwatch.StartNew();
        for (var round = 0; round < picture.Rounds && (round < LeastRounds || clock.Elapsed < TimeForAPicture); round++)
        {
            if (round < ColdRounds) cold.Add(await ways.Cold());
            await same.AddRoundAsync(ways, null);
            await changed.AddRoundAsync(ways, Product.Colour(round));
        }

        page.Row($"{picture}: cold process", cold, Unit.Seconds);
        same.Write(page, $"{picture}");
        changed.Write(page, $"{picture}, changed material");
        page.Row($"{picture}: cold against warm", new Series(cold.Values.Zip(same.Warm.Values, (one, other) => one / other)), Unit.Ratio);
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
    private sealed record Ways(
        Func<Task<double>> Cold, Func<double[]?, Task<double>> OverHttp, Func<double[]?, Task<double>> Afresh, Func<double[]?, Task<double>> Keeping)
    {
        public IReadOnlyList<Func<double[]?, Task<double>>> Repeated => [OverHttp, Afresh, Keeping];
    }

    /// <summary>A warm picture over HTTP beside the same by hand.</summary>
    private sealed class Comparison
    {
        private readonly Series afresh = new();
        private readonly Series keeping = new();
        private readonly Series againstAfresh = new();
        private readonly Series againstBest = new();

        public Series Warm { get; } = new();

        public async Task AddRoundAsync(Ways ways, double[]? colour)
        {
            var (warm, one, other) = (await ways.OverHttp(colour), await ways.Afresh(colour), await ways.Keeping(colour));
            Warm.Add(warm);
            afresh.Add(one);
            keeping.Add(other);
            againstAfresh.Add(warm / one);
            againstBest.Add(warm / Math.Min(one, other));
        }

        public void Write(ResultsPage page, string name)
        {
            page.Row($"{name}: warm", Warm, Unit.Seconds);
            page.Row($"{name}: by hand, afresh", afresh, Unit.Seconds);
            page.Row($"{name}: by hand, keeping data", keeping, Unit.Seconds);
            page.Row($"{name}: warm against afresh", againstAfresh, Unit.Ratio);
            page.Row($"{name}: warm against the best by hand", againstBest, Unit.Ratio, Close);
        }
    }
}
