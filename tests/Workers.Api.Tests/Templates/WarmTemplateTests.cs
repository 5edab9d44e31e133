using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Workers.Api.Tests.Support;
using Workers.Jobs.Warmth;

namespace Workers.Api.Tests.Templates;

/// <summary>A template may say on how many workers its file is kept open.</summary>
public sealed class WarmTemplateTests(TemplateApi api) : IClassFixture<TemplateApi>
{
    private const string Chair = """{"engine": "blender", "function": "render", "input": {"file": "root:models/chair.blend", "width": 64}, "warm": 2}""";

    [Fact]
    public async Task What_it_wants_is_stored_shown_and_forgotten_with_it()
    {
        var name = await api.StoreAsync(Chair);
        var warmth = api.Host.Services.GetRequiredService<WarmStore>();
        HeldFile[] idle = [new("n9.blender-1", "blender", null)];
        var task = await Eventually.GivesAsync(() => warmth.LookAsync(new WarmLook { Held = [], Left = [], Idle = idle, Resting = [] }, default), "a task");
        Assert.Equal((name, "n9.blender-1", """{"file":"root:models/chair.blend"}"""), (task.Template, task.Worker, task.Input)); // Not the width.

        var shown = await WarmAsync(name);
        Assert.Equal((2, "n9.blender-1", null), ((int)shown["wanted"]!, (string?)shown["workers"]!.AsArray().Single(), shown["failure"]));
        await warmth.ToldAsync(task, "It is broken.", default);
        shown = await WarmAsync(name);
        Assert.Equal(("It is broken.", "n9.blender-1", 0), (
            (string?)shown["failure"]!["message"], (string?)shown["failure"]!["worker"], shown["workers"]!.AsArray().Count));

        await api.StoreAsync(Chair.Replace("\"warm\": 2", "\"warm\": 0", StringComparison.Ordinal), name);
        Assert.Equal((0, null), ((int)(await WarmAsync(name))["wanted"]!, (await WarmAsync(name))["failure"]));
        await api.StoreAsync(Chair, name);
        using (var deleted = await api.Client.DeleteAsync($"/v1/templates/{name}"))
            Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.Equal(0, (await warmth.FindAsync(name, default)).Wanted);
        using var gone = await api.Client.GetAsync($"/v1/templates/{name}/warm");
        await gone.ProblemAsync(404, "template_not_found");
    }

    [Fact]
    public async Task A_dry_run_opens_nothing()
    {
        var name = api.NewName();
        using var response = await api.Client.SendJsonAsync(HttpMethod.Put, $"/v1/templates/{name}?dryRun=true", Chair);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(0, (await api.Host.Services.GetRequiredService<WarmStore>().FindAsync(name, default)).Wanted);
    }

    [Theory]
    [InlineData("\"warm\": 65")]
    [InlineData("\"warm\": -1")]
    [InlineData("\"warm\": 1.5")]
    [InlineData("\"warm\": \"2\"")]
    [InlineData("\"warm\": 1, \"input\": {\"width\": 64}")] // no file
    [InlineData("\"warm\": 1, \"parameters\": {\"model\": {\"type\": \"asset\", \"drives\": \"/file\"}}")]
    [InlineData("\"warm\": 1, \"engine\": \"testcard\", \"input\": {}")] // opens none
    public async Task What_cannot_be_kept_open_is_422(string members)
    {
        var definition = JsonNode.Parse(Chair)!.AsObject();
        foreach (var (member, value) in JsonNode.Parse("{" + members + "}")!.AsObject())
            definition[member] = value?.DeepClone();
        using var response = await api.Client.SendJsonAsync(HttpMethod.Put, $"/v1/templates/{api.NewName()}", definition.ToJsonString());
        await response.ProblemAsync(422, "invalid_input", "/warm");
    }

    private async Task<JsonObject> WarmAsync(string name)
    {
        using var response = await api.Client.GetAsync($"/v1/templates/{name}/warm");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(response.Headers.CacheControl!.NoStore);
        return (await response.JsonAsync()).AsObject();
    }
}
