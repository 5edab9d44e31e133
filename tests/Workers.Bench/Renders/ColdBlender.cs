using System.Globalization;

namespace Workers.Bench.Renders;

/// <summary>A Blender process for each picture: what farm managers do.</summary>
internal static class ColdBlender
{
    /// <summary>Starts, opens, renders, saves, ends.</summary>
    /// <param name="file">A .blend with a camera called Hero.</param>
    /// <param name="picture">Size and samples.</param>
    /// <param name="path">Where the PNG goes.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Seconds.</returns>
    public static async Task<double> RenderAsync(string file, Picture picture, string path, CancellationToken cancellation)
    {
        var script = string.Create(
            CultureInfo.InvariantCulture,
            $"""
             import bpy
             s = bpy.context.scene
             r = s.render
             s.camera = bpy.data.objects["Hero"]
             s.cycles.samples, s.cycles.use_denoising = {picture.Samples}, False
             r.resolution_x = r.resolution_y = {picture.Pixels}
             r.resolution_percentage, r.image_settings.file_format, r.filepath = 100, "PNG", {System.Text.Json.JsonSerializer.Serialize(path)}
             bpy.ops.render.render(write_still=True)
             """);
        var (status, seconds) = await QuietBlender.RunAsync([file, "--python-expr", script], cancellation);
        return File.Exists(path) ? seconds : throw new InvalidOperationException($"Blender ended with {status} and wrote no picture.");
    }
}
