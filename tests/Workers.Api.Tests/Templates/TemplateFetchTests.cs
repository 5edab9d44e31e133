using System.Text;
using Workers.Api.Tests.Support;

namespace Workers.Api.Tests.Templates;

/// <summary>URLs in a template are fetched when it is stored: a version means the same bytes for ever.</summary>
public sealed class TemplateFetchTests(FetchApi api) : IClassFixture<FetchApi>
{
    [Fact]
    public async Task A_version_keeps_the_bytes_that_its_URLs_gave()
    {
        var path = $"/files/{Guid.NewGuid()}.blend";
        var url = api.Files.Url(path);
        api.Files.Files[path] = (Encoding.ASCII.GetBytes("BLENDER-v304 first"), "\"one\"");
        var definition = $$"""
            {"engine": "blender", "function": "render", "input": {"file": "{{url}}"},
             "parameters": {"fabric": {"type": "enum", "map": {"a": "{{url}}", "b": null}, "drives": "/images/Fabric", "default": "b"} } }
            """;
        using var stored = await api.Client.SendJsonAsync(HttpMethod.Put, "/v1/templates/fetched", definition);
        var written = (await stored.JsonAsync())["definition"]!;
        var file = (string)written["input"]!["file"]!;
        Assert.StartsWith("sha256:", file, StringComparison.Ordinal);
        Assert.Equal(file, (string?)written["parameters"]!["fabric"]!["map"]!["a"]);

        api.Files.Files[path] = (Encoding.ASCII.GetBytes("BLENDER-v304 second"), "\"two\"");
        var call = api.Client.GetAsync("/v1/templates/fetched.png?fabric=a");
        var job = await api.Node.RunOneAsync("blender");
        using var response = await call;
        Assert.Equal((file, file), ((string?)job.Specification.Input["file"], (string?)job.Specification.Input["images"]!["Fabric"]));
        Assert.Equal(1, api.Files.Count(path, 200));
    }
}
