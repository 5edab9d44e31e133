using Workers.Bench.Report;
using Workers.Testing;

namespace Workers.Bench.Renders;

/// <summary>A picture of the product: cold process, warm worker, warm with changed material, and by hand in an open Blender.</summary>
internal sealed class RendersBench : IBench
{
    private const int ColdRounds = 4;
    private static readonly Picture[] Pictures = [new(64, 1, 40), new(256, 8, 12), new(512, 16, 6)];

    public string Name => "renders";

    public string Title => "(a) Renders of samples/product.blend, cold and warm, beside the same by hand";

    public async Task RunAsync(ResultsPage page, CancellationToken cancellation)
    {
        if (Programs.Blender is null)
        {
            page.NotMeasured("Blender was not found; install it, or set BLENDER=/path/to/blender.");
            return;
        }

        using var temp = new TempFolder();
        await using var bare = await BareBlender.StartAsync(cancellation);
        foreach (var picture in Pictures)
        {
            Progress.Say($"renders of {picture}");
            var path = temp.Below("bare.png");
            var (cold, still, changed, kept) = (new Series(), new Series(), new Series(), new Series());
            for (var round = 0; round < ColdRounds; round++) cold.Add(await ColdBlender.RenderAsync(picture, temp.Below("cold.png"), cancellation));
            await bare.RenderAsync(picture, null, false, path, cancellation);
            for (var round = 0; round < picture.Rounds; round++)
            {
                still.Add(await bare.RenderAsync(picture, null, false, path, cancellation));
                changed.Add(await bare.RenderAsync(picture, Product.Colour(round), false, path, cancellation));
            }

            page.Row($"{picture}: cold process", cold, Unit.Seconds);
            page.Row($"{picture}: by hand", still, Unit.Seconds);
            page.Row($"{picture}: by hand, changed", changed, Unit.Seconds);
        }
    }
}
