using System.Net;
using System.Text.Json.Nodes;
using Workers.Api.Tests.Support;
using Workers.Jobs.Configuration;
using Workers.Jobs.Nodes;

namespace Workers.Api.Tests.Templates;

/// <summary>An engine that draws, one that opens files, a root, and short spellings for templates.</summary>
public sealed class TemplateApi : ApiFixture
{
    /// <summary>A card whose text, width and colours a caller may choose.</summary>
    internal const string Card = """
        {"engine": "testcard", "function": "render", "input": {"width": 32, "set": {"a": 1}},
         "parameters": {
           "fabric": {"type": "enum", "default": "red", "drives": ["/text", {"pointer": "/set/hue", "map": {"red": 0, "blue": 240}}],
                      "map": {"red": "RED", "blue": "BLUE"}},
           "width": {"type": "integer", "minimum": 1, "maximum": 2048, "default": 64, "drives": "/width"},
           "ratio": {"type": "number", "minimum": 0.5, "maximum": 2, "default": 1, "drives": "/ratio"}}}
        """;

    private int names;

    private TempFolder Roots { get; } = new();

    private protected override EngineReport[] Engines =>
        [NodeActor.Engine("testcard", NodeActor.Render(), NodeActor.Inspect()), NodeActor.Engine("blender", NodeActor.FileRender(), NodeActor.Preload())];

    internal string RootFile => Roots.Below("chair.blend");

    public override async Task InitializeAsync()
    {
        await File.WriteAllBytesAsync(RootFile, FileApi.Blend);
        await base.InitializeAsync();
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        Roots.Dispose();
    }

    private protected override ServerSettings Change(ServerSettings settings) =>
        settings with { Roots = new Dictionary<string, string> { ["models"] = Roots.FullPath } };

    /// <summary>A name that no other test has.</summary>
    internal string NewName() => $"t{Interlocked.Increment(ref names)}";

    /// <summary>Stores a template that is right.</summary>
    internal async Task<string> StoreAsync(string definition = Card, string? name = null)
    {
        name ??= NewName();
        using var response = await Client.SendJsonAsync(HttpMethod.Put, $"/v1/templates/{name}", definition);
        Assert.True(
            response.StatusCode is HttpStatusCode.Created or HttpStatusCode.OK, $"{response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        return name;
    }

    /// <summary>Uploads bytes and gives their id.</summary>
    internal async Task<string> UploadAsync(byte[] bytes, string name)
    {
        using var response = await Client.PostBytesAsync($"/v1/assets?filename={name}", bytes, "application/octet-stream");
        return (string)(await response.JsonAsync())["asset"]!;
    }

    /// <summary>The card with one member of its definition changed.</summary>
    internal static string CardWith(Action<JsonObject> change)
    {
        var definition = JsonNode.Parse(Card)!.AsObject();
        change(definition);
        return definition.ToJsonString();
    }
}
