using System.Text.Json.Nodes;
using Workers.Jobs.Configuration;
using Workers.Jobs.Nodes;

namespace Workers.Api.Tests.Support;

/// <summary>With preview and inspect of files, and a root.</summary>
public class PreviewApi : ApiFixture
{
    internal TempFolder Models { get; } = new();

    private protected override EngineReport[] Engines => [NodeActor.Engine("blender", Function("preview", picture: true), Function("inspect", picture: false))];

    public override async Task InitializeAsync()
    {
        await File.WriteAllBytesAsync(Models.Below("chair.blend"), FileApi.Blend);
        await base.InitializeAsync();
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        Models.Dispose();
    }

    private protected override ServerSettings Change(ServerSettings settings) =>
        settings with { Roots = new Dictionary<string, string> { ["models"] = Models.FullPath } };

    private protected static FunctionReport Function(string name, bool picture) => new()
    {
        Name = name,
        Picture = picture,
        Cacheable = true,
        FileTypes = ["blend", "png"],
        Input = JsonNode.Parse($$"""
            {"type":"object","additionalProperties":false,"required":["file"],"properties":{
              "file":{"type":"string","format":"asset"}
              {{(picture ? """, "size":{"type":"integer","default":256},"format":{"type":"string","enum":["png","webp"],"default":"png"}""" : "")}} } }
            """)!,
    };
}
