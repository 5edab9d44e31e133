using System.Net;
using Workers.Api.Tests.Support;

namespace Workers.Api.Tests.Templates;

/// <summary>Pictures made ahead: every combination once, behind everything else, and found by its tag.</summary>
public sealed class PrerenderTests(TemplateApi api) : IClassFixture<TemplateApi>
{
    [Fact]
    public async Task A_matrix_is_counted_and_then_made_behind_other_jobs()
    {
        var name = await api.StoreAsync();
        const string Body = """{"options": {"fabric": "all", "width": [32, 64, 64.0]}, "format": "jpg"}""";
        using var dry = await api.Client.PostJsonAsync($"/v1/templates/{name}/prerender?dryRun=true", Body);
        var plan = await dry.JobAsync(HttpStatusCode.OK);
        Assert.Equal((4, 0, null), ((int)plan["count"]!, (int)plan["submitted"]!, (string?)plan["tag"]));
        Assert.Empty((await api.Host.Jobs.ListAsync(new JobQuery { State = JobState.Queued }, default)).Jobs);

        using var answer = await api.Client.PostJsonAsync($"/v1/templates/{name}/prerender", Body);
        var document = await answer.JobAsync(HttpStatusCode.Accepted);
        Assert.Equal((4, 4), ((int)document["count"]!, (int)document["submitted"]!));
        using var call = await api.Client.PostJsonAsync("/v1/render", "{}", ("Prefer", "respond-async"));
        var other = (string?)(await call.JsonAsync())["id"];
        Assert.Equal(other, (await api.Node.RunOneAsync()).Id); // submitted after them, run before them

        using var listed = await api.Client.GetAsync((string)document["jobs"]!);
        Assert.Equal(4, (await listed.JsonAsync())["jobs"]!.AsArray().Count);
        List<(string?, int)> made = [];
        for (var i = 0; i < 4; i++)
        {
            var job = await api.Node.RunOneAsync();
            made.Add(((string?)job.Specification.Input["text"], (int)job.Specification.Input["width"]!));
            Assert.Equal(((string?)document["tag"], "jpeg", 0), (job.Specification.Tags.Single(), (string?)job.Specification.Input["format"], job.Specification.Priority));
        }

        Assert.Equal([("RED", 32), ("RED", 64), ("BLUE", 32), ("BLUE", 64)], made);
        // The view of the queues is a second old at most.
        await Eventually.HoldsAsync(
            async () => (await (await api.Client.PostJsonAsync($"/v1/templates/{name}/prerender?dryRun=true", Body)).JsonAsync())["estimatedSeconds"] is not null,
            "there is an estimate");
    }

    [Theory]
    [InlineData("/options/colour", """{"options": {"colour": "all"}}""")]
    [InlineData("/options/width", """{"options": {"width": "all"}}""")]
    [InlineData("/options/fabric/1", """{"options": {"fabric": ["red", "green"]}}""")]
    [InlineData("/options/fabric", """{"options": {"fabric": "red"}}""")]
    [InlineData("/options/fabric", """{"options": {"fabric": []}}""")]
    [InlineData("/priority", """{"priority": 50}""")]
    [InlineData("/format", """{"format": "bmp"}""")]
    [InlineData("/colour", """{"colour": []}""")]
    public async Task What_cannot_be_meant_is_422_and_makes_nothing(string pointer, string body)
    {
        var name = await api.StoreAsync();
        using var answer = await api.Client.PostJsonAsync($"/v1/templates/{name}/prerender", body);
        await answer.ProblemAsync(422, "invalid_input", pointer);
    }

    [Fact]
    public async Task More_than_a_thousand_pictures_are_refused_however_large_the_matrix_is()
    {
        var name = await api.StoreAsync();
        var widths = string.Join(',', Enumerable.Range(1, 501));
        using var answer = await api.Client.PostJsonAsync($"/v1/templates/{name}/prerender", $$"""{"options": {"fabric": "all", "width": [{{widths}}]} }""");
        await answer.ProblemAsync(422, "invalid_input", "/options");
    }
}
