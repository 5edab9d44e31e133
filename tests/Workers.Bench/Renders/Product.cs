using Workers.Testing;

namespace Workers.Bench.Renders;

/// <summary>A size to render at. Samples rise with it, as a preview's and a picture's do.</summary>
/// <param name="Pixels">Width and height.</param>
/// <param name="Samples">A pixel.</param>
/// <param name="Rounds">How often it is measured.</param>
internal sealed record Picture(int Pixels, int Samples, int Rounds)
{
    public override string ToString() => $"{Pixels} px, {Samples} spp";
}

/// <summary>The sample that is rendered.</summary>
internal static class Product
{
    /// <summary>The <c>set</c> path of its fabric's colour.</summary>
    public const string Fabric = "materials[\"Fabric\"].node_tree.nodes[\"Principled BSDF\"].inputs[\"Base Color\"].default_value";

    public static string Path { get; } = RepositoryPaths.Below("samples", "product.blend");

    /// <summary>A colour that differs from round to round.</summary>
    public static double[] Colour(int round) => [0.1 + (round % 7 * 0.1), 0.1 + (round % 5 * 0.1), 0.2, 1];
}
