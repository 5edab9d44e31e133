using System.Net;
using System.Text.Json.Nodes;
using Workers.Api.Tests.Support;

namespace Workers.Api.Tests.Templates;

/// <summary>Templates are stored in versions, checked before, and never lost to a race.</summary>
public sealed class TemplateTests(TemplateApi api) : IClassFixture<TemplateApi>
{
    private static readonly string[] Traversals = ["..%2Fetc", "a%2F..%2Fb", "%2e%2e", "A", "-a", "a.b.c", "a%00", "a%20b", "ü", new string('a', 65)];

    [Fact]
    public async Task A_template_is_stored_in_versions_and_the_same_again_stores_nothing()
    {
        var name = api.NewName();
        using var created = await Put(name, TemplateApi.Card);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.Equal($"/v1/templates/{name}", created.Headers.Location!.ToString());
        Assert.Equal(1, (int?)(await created.JsonAsync())["version"]);

        using var same = await Put(name, TemplateApi.CardWith(card => card["input"] = JsonNode.Parse("""{"set": {"a": 1}, "width": 32}""")));
        Assert.Equal((HttpStatusCode.OK, created.Headers.ETag), (same.StatusCode, same.Headers.ETag));

        using var changed = await Put(name, TemplateApi.CardWith(card => card["description"] = "the second"));
        Assert.Equal((HttpStatusCode.OK, 2), (changed.StatusCode, (int)(await changed.JsonAsync())["version"]!));
        Assert.NotEqual(created.Headers.ETag, changed.Headers.ETag);

        using var newest = await api.Client.GetAsync($"/v1/templates/{name}");
        var document = await newest.JsonAsync();
        Assert.Equal(changed.Headers.ETag, newest.Headers.ETag);
        Assert.Equal((2, 2, "the second"), ((int)document["version"]!, (int)document["latest"]!, (string?)document["definition"]!["description"]));
        using var held = await api.Client.SendAsync(HttpMethod.Get, $"/v1/templates/{name}", ("If-None-Match", newest.Headers.ETag!.ToString()));
        Assert.Equal(HttpStatusCode.NotModified, held.StatusCode);
        using var first = await api.Client.GetAsync($"/v1/templates/{name}?version=1");
        Assert.Equal((1, 2), ((int)(await first.JsonAsync())["version"]!, (int)(await first.JsonAsync())["latest"]!));
        using var versions = await api.Client.GetAsync($"/v1/templates/{name}/versions");
        Assert.Equal([2, 1], (await versions.JsonAsync())["versions"]!.AsArray().Select(version => (int)version!["version"]!));
    }

    [Fact]
    public async Task Of_two_that_saw_the_same_version_exactly_one_wins()
    {
        var name = await api.StoreAsync();
        using var seen = await api.Client.GetAsync($"/v1/templates/{name}");
        var tag = seen.Headers.ETag!.ToString();
        var race = await Task.WhenAll(Enumerable.Range(0, 10).Select(
            number => Put(name, TemplateApi.CardWith(card => card["description"] = $"by {number}"), ("If-Match", tag))));
        Assert.Single(race, answer => answer.StatusCode == HttpStatusCode.OK);
        foreach (var answer in race.Where(answer => answer.StatusCode != HttpStatusCode.OK))
            await answer.ProblemAsync(412, "precondition_failed");
        using var now = await api.Client.GetAsync($"/v1/templates/{name}");
        Assert.Equal(2, (int)(await now.JsonAsync())["version"]!);
    }

    [Theory]
    [InlineData("If-Match", "*", false, true)]
    [InlineData("If-Match", "\"9-x\", \"8-y\"", true, false)]
    [InlineData("If-Match", "W/\"1-x\"", true, false)]
    [InlineData("If-None-Match", "*", true, false)]
    [InlineData("If-None-Match", "*", false, true, 201)]
    [InlineData("If-Match", "\"1-0000000000000000\"", false, false)]
    public async Task Conditions_hold_or_nothing_is_stored(string header, string value, bool exists, bool fits, int status = 412)
    {
        var name = api.NewName();
        if (exists)
            await api.StoreAsync(name: name);
        fits = fits && (header != "If-Match" || exists);
        using var answer = await Put(name, TemplateApi.CardWith(card => card["description"] = "other"), (header, value));
        if (!fits)
            await answer.ProblemAsync(412, "precondition_failed");
        else
            Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task A_condition_that_cannot_be_read_is_400_and_not_left_out()
    {
        using var answer = await Put(api.NewName(), TemplateApi.Card, ("If-Match", "1-abc"));
        await answer.ProblemAsync(400, "malformed_request");
    }

    [Fact]
    public async Task A_dry_run_checks_everything_and_stores_nothing()
    {
        var name = api.NewName();
        using var answer = await Put(name + "?dryRun=true", TemplateApi.Card);
        var check = await answer.JsonAsync();
        Assert.Equal((HttpStatusCode.OK, "created", 1), (answer.StatusCode, (string?)check["outcome"], (int)check["version"]!));
        Assert.Equal(7, (int)check["checked"]!); // the defaults, two fabrics, and two limits of each number
        Assert.Equal("RED", (string?)check["input"]!["text"]);
        using var wrong = await Put(name + "?dryRun=true", TemplateApi.CardWith(card => card["input"]!["height"] = 64));
        await wrong.ProblemAsync(422, "invalid_input");
        using var absent = await api.Client.GetAsync($"/v1/templates/{name}");
        await absent.ProblemAsync(404, "template_not_found");
        await api.StoreAsync(name: name);
        using var same = await Put(name + "?dryRun=true", TemplateApi.Card);
        Assert.Equal("same", (string?)(await same.JsonAsync())["outcome"]);
    }

    [Theory]
    [InlineData("/function", """{"engine": "testcard"}""")]
    [InlineData("/colour", """{"function": "render", "colour": "red"}""")]
    [InlineData("/input/width", """{"engine": "testcard", "function": "render", "input": {"width": 5000}}""")]
    [InlineData("/input/width", """{"engine": "testcard", "function": "render", "input": {"width": 100}, "limits": {"width": 99}}""")]
    [InlineData("/parameters/version", """{"function": "render", "parameters": {"version": {"type": "string", "drives": "/text"}}}""")]
    [InlineData("/parameters/a.b", """{"function": "render", "parameters": {"a.b": {"type": "string", "drives": "/text"}}}""")]
    [InlineData("/parameters/a", """{"function": "render", "parameters": {"a": "red"}}""")]
    [InlineData("/parameters/a/type", """{"function": "render", "parameters": {"a": {"type": "text", "drives": "/text"}}}""")]
    [InlineData("/parameters/a/drives", """{"function": "render", "parameters": {"a": {"type": "string"}}}""")]
    [InlineData("/parameters/a/drives", """{"function": "render", "parameters": {"a": {"type": "string", "drives": ""}}}""")]
    [InlineData("/parameters/a/drives", """{"function": "render", "parameters": {"a": {"type": "string", "drives": "text"}}}""")]
    [InlineData("/parameters/a/drives", """{"function": "render", "parameters": {"a": {"type": "string", "drives": "/format"}}}""")]
    [InlineData("/parameters/b/drives", """
        {"function": "render", "parameters": {"a": {"type": "string", "drives": "/set"}, "b": {"type": "number", "drives": "/set/b"}}}
        """)]
    [InlineData("/parameters/a/enum", """{"function": "render", "parameters": {"a": {"type": "enum", "drives": "/text"}}}""")]
    [InlineData("/parameters/a/enum/1", """{"function": "render", "parameters": {"a": {"type": "string", "enum": ["x", 7], "drives": "/text"}}}""")]
    [InlineData("/parameters/a/default", """{"function": "render", "parameters": {"a": {"type": "string", "enum": ["x"], "default": "y", "drives": "/text"}}}""")]
    [InlineData("/parameters/a/pattern", """{"function": "render", "parameters": {"a": {"type": "string", "pattern": "(a", "drives": "/text"}}}""")]
    [InlineData("/parameters/a/pattern", """{"function": "render", "parameters": {"a": {"type": "string", "pattern": "(?=a)a", "drives": "/text"}}}""")]
    [InlineData("/parameters/a/minimum", """{"function": "render", "parameters": {"a": {"type": "string", "minimum": 1, "drives": "/text"}}}""")]
    [InlineData("/parameters/a/map", """{"function": "render", "parameters": {"a": {"type": "string", "enum": ["x", "y"], "map": {"x": 1}, "drives": "/text"}}}""")]
    [InlineData("/parameters/a", """
        {"engine": "testcard", "function": "render", "parameters": {"a": {"type": "enum", "map": {"x": "fine", "y": 5}, "drives": "/text"}}}
        """)] // an option that the function does not take
    [InlineData("/parameters/a", """{"engine": "testcard", "function": "render", "parameters": {"a": {"type": "integer", "maximum": 9999, "drives": "/width"}}}""")]
    [InlineData("/parameters/a", """{"engine": "testcard", "function": "render", "parameters": {"a": {"type": "string", "default": "x", "drives": "/nothing"}}}""")]
    [InlineData("/parameters/a/drives", """
        {"engine": "testcard", "function": "render", "input": {"text": "x"}, "parameters": {"a": {"type": "string", "default": "x", "drives": "/text/0"}}}
        """)]
    [InlineData("/input/file", """{"engine": "blender", "function": "render", "input": {"file": "root:models/none.blend"}}""")]
    [InlineData("/input/file", """
        {"engine": "blender", "function": "render", "input": {"file": "sha256:0000000000000000000000000000000000000000000000000000000000000000"}}
        """)]
    [InlineData("/placeholder/asset", """{"engine": "testcard", "function": "render", "placeholder": {"asset": "/etc/passwd"}}""")]
    public async Task What_is_wrong_is_told_with_its_place_and_nothing_is_stored(string pointer, string definition)
    {
        var name = api.NewName();
        using var answer = await Put(name, definition);
        await answer.ProblemAsync(422, "invalid_input", pointer);
        using var absent = await api.Client.GetAsync($"/v1/templates/{name}");
        Assert.Equal(HttpStatusCode.NotFound, absent.StatusCode);
    }

    [Fact]
    public async Task No_name_is_a_path()
    {
        foreach (var name in Traversals)
        {
            using var put = await Put(name, TemplateApi.Card);
            Assert.True((int)put.StatusCode is 400 or 404 or 422, $"PUT {name}: {put.StatusCode}");
            using var get = await api.Client.GetAsync($"/v1/templates/{name}");
            Assert.True((int)get.StatusCode is 400 or 404, $"GET {name}: {get.StatusCode}");
            using var render = await api.Client.GetAsync($"/v1/templates/{name}.png");
            Assert.True((int)render.StatusCode is 400 or 404, $"GET {name}.png: {render.StatusCode}");
            using var delete = await api.Client.DeleteAsync($"/v1/templates/{name}");
            Assert.True((int)delete.StatusCode is 400 or 404, $"DELETE {name}: {delete.StatusCode}");
        }
    }

    [Fact]
    public async Task An_unknown_template_is_404_with_the_nearest_name()
    {
        await api.StoreAsync(name: "sofa-classic");
        using var answer = await api.Client.GetAsync("/v1/templates/sofa-clasic.png");
        Assert.Contains("sofa-classic", (string?)(await answer.ProblemAsync(404, "template_not_found"))["detail"], StringComparison.Ordinal);
        using var version = await api.Client.GetAsync("/v1/templates/sofa-classic.png?version=7");
        await version.ProblemAsync(404, "template_not_found");
    }

    [Fact]
    public async Task Files_of_a_template_stay_as_long_as_its_versions_do()
    {
        var first = await api.UploadAsync([.. FileApi.Blend, 1], "a.blend");
        var second = await api.UploadAsync([.. FileApi.Blend, 2], "b.blend");
        string Definition(string file) => $$"""{"function": "render", "engine": "blender", "input": {"file": "{{file}}"} }""";
        var name = await api.StoreAsync(Definition(first));
        await api.StoreAsync(Definition(second), name);
        foreach (var asset in new[] { first, second })
        {
            using var refused = await api.Client.DeleteAsync($"/v1/assets/sha256/{asset[7..]}");
            await refused.ProblemAsync(409, "asset_in_use");
        }

        using var newest = await api.Client.DeleteAsync($"/v1/templates/{name}/versions/2");
        await newest.ProblemAsync(409, "template_version_newest");
        using var older = await api.Client.DeleteAsync($"/v1/templates/{name}/versions/1");
        Assert.Equal(HttpStatusCode.NoContent, older.StatusCode);
        using var gone = await api.Client.GetAsync($"/v1/templates/{name}?version=1");
        await gone.ProblemAsync(410, "template_version_gone");
        using var free = await api.Client.DeleteAsync($"/v1/assets/sha256/{first[7..]}");
        Assert.Equal(HttpStatusCode.NoContent, free.StatusCode);

        using var stale = await api.Client.SendAsync(HttpMethod.Delete, $"/v1/templates/{name}", ("If-Match", "\"1-x\""));
        await stale.ProblemAsync(412, "precondition_failed");
        using var all = await api.Client.DeleteAsync($"/v1/templates/{name}");
        Assert.Equal(HttpStatusCode.NoContent, all.StatusCode);
        using var released = await api.Client.DeleteAsync($"/v1/assets/sha256/{second[7..]}");
        Assert.Equal(HttpStatusCode.NoContent, released.StatusCode);
        using var twice = await api.Client.DeleteAsync($"/v1/templates/{name}");
        await twice.ProblemAsync(404, "template_not_found");

        // A number never means two things, not even after the template was deleted.
        await api.StoreAsync(name: name);
        using var again = await api.Client.GetAsync($"/v1/templates/{name}");
        Assert.Equal(3, (int)(await again.JsonAsync())["version"]!);
    }

    [Fact]
    public async Task As_many_versions_are_kept_as_are_promised()
    {
        var name = api.NewName();
        for (var i = 1; i <= 22; i++)
            await api.StoreAsync(TemplateApi.CardWith(card => card["maxAgeSeconds"] = i), name);
        using var versions = await api.Client.GetAsync($"/v1/templates/{name}/versions");
        Assert.Equal(Enumerable.Range(3, 20).Reverse(), (await versions.JsonAsync())["versions"]!.AsArray().Select(version => (int)version!["version"]!));
    }

    [Fact]
    public async Task Templates_are_listed_by_name_in_pages()
    {
        foreach (var name in new[] { "zz-c", "zz-a", "zz-b" })
            await api.StoreAsync(name: name);
        List<string> seen = [];
        string? token = "";
        while (token is not null)
        {
            using var page = await api.Client.GetAsync($"/v1/templates?pageSize=2&pageToken={token}");
            var document = await page.JsonAsync();
            seen.AddRange(document["templates"]!.AsArray().Select(template => (string)template!["name"]!));
            token = (string?)document["nextPageToken"];
            Assert.Equal(token is not null, page.Headers.Contains("Link"));
        }

        Assert.Equal(["zz-a", "zz-b", "zz-c"], seen.Where(name => name.StartsWith("zz-", StringComparison.Ordinal)));
        Assert.Equal(seen.Order(StringComparer.Ordinal), seen);
        using var foreign = await api.Client.GetAsync("/v1/templates?pageToken=MS41");
        await foreign.ProblemAsync(400, "malformed_request");
    }

    private Task<HttpResponseMessage> Put(string name, string definition, params (string Name, string Value)[] headers) =>
        api.Client.SendJsonAsync(HttpMethod.Put, $"/v1/templates/{name}", definition, headers);
}
