using System.Text.Json;
using System.Text.Json.Nodes;
using Workers.Contracts;

namespace Workers.Api.Templates;

/// <summary>How large a picture of a template may be.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Pixels">Pixels in all.</param>
internal sealed record PixelLimits(int Width, int Height, long Pixels)
{
    /// <summary>Where a template says nothing.</summary>
    public static readonly PixelLimits Default = new(4096, 4096, 4096 * 4096);

    /// <summary>Everything in the input that asks for more.</summary>
    public IEnumerable<ProblemError> Faults(JsonObject input)
    {
        // A percentage makes the whole larger or smaller.
        var scale = (Number(input["percentage"]) ?? 100) / 100;
        foreach (var fault in Faults(input, "", scale))
            yield return fault;
        if (input["outputs"] is not JsonArray outputs)
            yield break;
        for (var i = 0; i < outputs.Count; i++)
        {
            foreach (var fault in outputs[i] is JsonObject output ? Faults(output, $"/outputs/{i}", 1) : [])
                yield return fault;
        }
    }

    private IEnumerable<ProblemError> Faults(JsonObject picture, string root, double scale)
    {
        var (width, height, size) = (Number(picture["width"]) * scale, Number(picture["height"]) * scale, Number(picture["size"]));
        if (width > Width)
            yield return new ProblemError(root + "/width", $"Pictures of this template are at most {Width} pixels wide.");
        if (height > Height)
            yield return new ProblemError(root + "/height", $"Pictures of this template are at most {Height} pixels high.");
        if (size > Math.Max(Width, Height))
            yield return new ProblemError(root + "/size", $"Pictures of this template are at most {Math.Max(Width, Height)} pixels long.");
        if (width <= Width && height <= Height && width * height > Pixels)
            yield return new ProblemError(root + "/width", $"Pictures of this template have at most {Pixels} pixels.");
    }

    private static double? Number(JsonNode? node) =>
        node is JsonValue value && value.GetValueKind() == JsonValueKind.Number && value.TryGetValue<double>(out var number) ? number
        : node is JsonValue whole && whole.TryGetValue<long>(out var integer) ? integer
        : null;
}
