using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Workers.Api.Tests.Support;
using Workers.Jobs.Templates;

namespace Workers.Api.Tests.Templates;

/// <summary>Rendering templates: what a caller may set goes where it belongs, and nothing else can be set.</summary>
public sealed class TemplateCallTests(TemplateApi api) : IClassFixture<TemplateApi>
{
    [Fact]
    public async Task Parameters_go_where_they_belong()
    {
        var name = await api.StoreAsync();
        var call = api.Client.PostJsonAsync($"/v1/templates/{name}", """{"fabric": "blue", "width": 100.0}""");
        var job = await api.Node.RunOneAsync();
        using var response = await call;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(NodeActor.Picture, await response.Content.ReadAsByteArrayAsync());
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse("""{"width": 100, "set": {"a": 1, "hue": 240}, "text": "BLUE", "ratio": 1, "format": "png"}"""), job.Specification.Input),
            job.Specification.Input.ToJsonString());
    }

    [Fact]
    public async Task A_link_renders_with_defaults_and_its_extension_is_the_format()
    {
        var name = await api.StoreAsync();
        var call = api.Client.GetAsync($"/v1/templates/{name}.jpg?fabric=blue&ratio=1.5");
        var job = await api.Node.RunOneAsync();
        using var response = await call;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(("jpeg", "BLUE", 64, 1.5), (
            (string?)job.Specification.Input["format"], (string?)job.Specification.Input["text"], (int)job.Specification.Input["width"]!,
            (double)job.Specification.Input["ratio"]!));
    }

    [Theory]
    [InlineData("fabric=green", "/fabric", "red, blue")]
    [InlineData("fabrik=red", "/fabrik", "fabric")]
    [InlineData("width=100000", "/width", "2048")]
    [InlineData("width=0", "/width", "1 to 2048")]
    [InlineData("width=1.5", "/width", "integer")]
    [InlineData("width=%2012", "/width", "integer")]
    [InlineData("ratio=NaN", "/ratio", "number")]
    [InlineData("ratio=1e400", "/ratio", "number")]
    [InlineData("fabric=red&fabric=blue", "/fabric", "more than once")]
    [InlineData("text=x", "/text", "no parameter")] // an input, but no parameter
    [InlineData("fabric=", "/fabric", "red, blue")]
    public async Task What_is_outside_the_template_is_422_naming_what_is_allowed(string query, string pointer, string named)
    {
        var name = await api.StoreAsync();
        using var response = await api.Client.GetAsync($"/v1/templates/{name}.png?{query}");
        var problem = await response.ProblemAsync(422, "invalid_input", pointer);
        Assert.Contains(named, (string?)problem["errors"]![0]!["detail"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"fabric": 7}""", "/fabric")]
    [InlineData("""{"fabric": null}""", "/fabric")]
    [InlineData("""{"fabric": {"red": 1}}""", "/fabric")]
    [InlineData("""{"width": "64"}""", "/width")]
    [InlineData("""{"width": 1e300}""", "/width")]
    [InlineData("""{"input": {}}""", "/input")]
    public async Task JSON_of_the_wrong_kind_is_422(string body, string pointer)
    {
        var name = await api.StoreAsync();
        using var response = await api.Client.PostJsonAsync($"/v1/templates/{name}", body);
        await response.ProblemAsync(422, "invalid_input", pointer);
    }

    [Fact]
    public async Task Pixels_are_limited_where_a_parameter_is_not()
    {
        var name = await api.StoreAsync("""
            {"engine": "blender", "function": "render", "input": {"file": "root:models/chair.blend"},
             "parameters": {"w": {"type": "integer", "default": 64, "drives": "/width"}}}
            """);
        using var wide = await api.Client.GetAsync($"/v1/templates/{name}.png?w=100000");
        await wide.ProblemAsync(422, "invalid_input", "/w");
    }

    [Theory]
    [InlineData("bmp", 406)]
    [InlineData("json", 406)]
    [InlineData("webp", 406)] // known to the function, not written by this build
    public async Task A_format_that_cannot_be_made_is_406(string extension, int status)
    {
        var name = await api.StoreAsync();
        using var response = await api.Client.GetAsync($"/v1/templates/{name}.{extension}");
        await response.ProblemAsync(status, "not_acceptable");
    }

    [Fact]
    public async Task A_function_without_a_picture_answers_JSON()
    {
        var name = await api.StoreAsync("""{"engine": "testcard", "function": "inspect"}""");
        var call = api.Client.GetAsync($"/v1/templates/{name}.json");
        await api.Node.RunOneAsync(output: new JsonObject { ["objects"] = 3 }, picture: false);
        using var response = await call;
        Assert.Equal(3, (int?)(await response.JsonAsync())["objects"]);
    }

    [Fact]
    public async Task Strings_colours_flags_assets_and_additions_reach_the_input()
    {
        var picture = await api.UploadAsync([1, 2, 3], "weave.png");
        var name = await api.StoreAsync($$"""
            {"engine": "blender", "function": "render", "input": {"file": "root:models/chair.blend", "show": ["Seat"]},
             "parameters": {
               "fabric": {"type": "enum", "map": {"plain": null, "weave": "{{picture}}" }, "default": "plain", "drives": "/images/Fabric"},
               "weave": {"type": "asset", "default": "{{picture}}", "drives": "/images/Weave"},
               "arms": {"type": "boolean", "default": false, "map": {"false": [], "true": ["ArmLeft", "ArmRight"]}, "drives": "/show/-"},
               "name": {"type": "string", "pattern": "[A-Za-z ]+", "maxLength": 12, "drives": "/show/-"},
               "tint": {"type": "color", "default": "#CC1A1A", "drives": "/show/-"} } }
            """);
        using var required = await api.Client.GetAsync($"/v1/templates/{name}.png");
        await required.ProblemAsync(422, "invalid_input", "/name");
        foreach (var wrong in new[] { "name=4711", "name=abcdefghijklm", "name=A%0AB", "name=A&tint=%23cc1a1", "name=A&arms=yes", "name=A&weave=x.png" })
        {
            using var refused = await api.Client.GetAsync($"/v1/templates/{name}.png?{wrong}");
            await refused.ProblemAsync(422, "invalid_input");
        }

        var call = api.Client.GetAsync($"/v1/templates/{name}.png?name=Anna&arms=true&fabric=weave&tint=00FF00");
        var job = await api.Node.RunOneAsync("blender");
        using var response = await call;
        Assert.Equal(["Seat", "ArmLeft", "ArmRight", "Anna", "#00ff00"], job.Specification.Input["show"]!.AsArray().Select(part => (string?)part));
        Assert.Equal((picture, picture), ((string?)job.Specification.Input["images"]!["Fabric"], (string?)job.Specification.Input["images"]!["Weave"]));
        Assert.Equal([picture[7..]], job.Specification.Assets);

        using var unknown = await api.Client.GetAsync($"/v1/templates/{name}.png?name=A&weave=sha256:{new string('0', 64)}");
        await unknown.ProblemAsync(422, "unknown_asset", "/weave");
    }

    [Fact]
    public async Task Every_version_renders_as_it_was_stored_and_a_change_counts_at_once()
    {
        var name = await api.StoreAsync();
        await RendersAsync($"/v1/templates/{name}.png", "RED");
        await api.StoreAsync(TemplateApi.CardWith(card => card["parameters"]!["fabric"]!["map"]!["red"] = "SCARLET"), name);
        await RendersAsync($"/v1/templates/{name}.png", "SCARLET");
        await RendersAsync($"/v1/templates/{name}.png?version=1", "RED");
        await RendersAsync($"/v1/templates/{name}.png?version=2", "SCARLET");
    }

    [Fact]
    public async Task A_change_by_another_process_is_heard_of()
    {
        var name = await api.StoreAsync();
        await RendersAsync($"/v1/templates/{name}.png", "RED");
        // As another API process would: past this one's library.
        var definition = TemplateApi.CardWith(card => card["parameters"]!["fabric"]!["map"]!["red"] = "CRIMSON");
        var put = await api.Host.Services.GetRequiredService<TemplateStore>().PutAsync(
            new TemplateWrite { Name = name, Definition = definition, Hash = "00112233", Client = "other" }, default);
        Assert.Equal((TemplatePutCode.Changed, 2), (put.Code, put.Number));
        await Eventually.HoldsAsync(
            async () => (int)(await (await api.Client.GetAsync($"/v1/templates/{name}")).JsonAsync())["version"]! == 2, "the change is heard of");
        await RendersAsync($"/v1/templates/{name}.png", "CRIMSON");
    }

    [Fact]
    public async Task A_template_whose_file_is_gone_is_410()
    {
        var path = api.RootFile.Replace("chair", "table", StringComparison.Ordinal);
        await File.WriteAllBytesAsync(path, FileApi.Blend);
        var name = await api.StoreAsync("""{"engine": "blender", "function": "render", "input": {"file": "root:models/table.blend"}}""");
        File.Delete(path);
        using var gone = await api.Client.GetAsync($"/v1/templates/{name}.png");
        Assert.Contains("table.blend", (string?)(await gone.ProblemAsync(410, "template_file_gone"))["detail"], StringComparison.Ordinal);

        // Bytes that a node does not find are told by its failure.
        var file = await api.UploadAsync([.. FileApi.Blend, 9], "lost.blend");
        name = await api.StoreAsync($$"""{"engine": "blender", "function": "render", "input": {"file": "{{file}}"} }""");
        var call = api.Client.GetAsync($"/v1/templates/{name}.png");
        await api.Node.FailAsync(
            await api.Node.ClaimAsync("blender"), new JobFailure(FailureKinds.InvalidInput, "The asset is not stored.", Pointer: "/file"));
        using var lost = await call;
        await lost.ProblemAsync(410, "template_file_gone");
    }

    [Fact]
    public async Task A_parameter_that_the_engine_refuses_is_told_by_its_own_name()
    {
        var name = await api.StoreAsync();
        var call = api.Client.GetAsync($"/v1/templates/{name}.png?fabric=blue");
        await api.Node.FailAsync(
            await api.Node.ClaimAsync(), new JobFailure(FailureKinds.InvalidInput, "There is no such colour.", Pointer: "/text"));
        using var response = await call;
        await response.ProblemAsync(422, "invalid_input", "/fabric");
    }

    private async Task RendersAsync(string path, string text)
    {
        var call = api.Client.GetAsync(path);
        var job = await api.Node.RunOneAsync();
        using var response = await call;
        Assert.Equal((HttpStatusCode.OK, text), (response.StatusCode, (string?)job.Specification.Input["text"]));
    }
}
