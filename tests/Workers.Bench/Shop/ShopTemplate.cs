using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Workers.Bench.Renders;
using Workers.Bench.Setup;

namespace Workers.Bench.Shop;

/// <summary>A template of a file with the colour of its fabric as parameter, as a server has it; each call asks for a colour that was never asked for.</summary>
internal sealed class ShopTemplate
{
    private readonly BenchServer server;
    private readonly string path;
    private int colour;

    private ShopTemplate(BenchServer server, string path, int first)
    {
        this.server = server;
        this.path = path;
        colour = first;
    }

    /// <summary>Stores it.</summary>
    /// <param name="server">Where.</param>
    /// <param name="name">Its name; another file or picture needs another one.</param>
    /// <param name="file">The file, uploaded.</param>
    /// <param name="picture">Size and samples.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<ShopTemplate> StoreAsync(BenchServer server, string name, string file, Picture picture, CancellationToken cancellation)
    {
        await server.Client.PutAsync($"/v1/templates/{name}", Definition(file, picture), cancellation);
        return new ShopTemplate(server, $"/v1/templates/{name}", picture.Pixels * 4096);
    }

    /// <summary>Asks for the picture in the next colour.</summary>
    /// <returns>Seconds until its last byte.</returns>
    public Task<double> RenderAsync(CancellationToken cancellation)
    {
        var body = string.Create(CultureInfo.InvariantCulture, $$"""{"fabric":"#{{Interlocked.Increment(ref colour):x6}}"}""");
        return server.Client.PictureAsync(path, Encoding.ASCII.GetBytes(body), cancellation);
    }

    private static JsonObject Definition(string file, Picture picture) => new()
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
