using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Workers.Contracts;
using Workers.Testing;

namespace Workers.Server.Tests;

/// <summary>Signed URLs and templates over stored results, in two processes: rendered once, answered from memory, and never by an old version.</summary>
public sealed class SignedUrlCacheTests(CachingServers servers) : IClassFixture<CachingServers>
{
    private const string Hit = "workers; hit";

    [Fact]
    public async Task A_picture_is_made_once_and_then_shown_by_every_process()
    {
        var call = servers.Call();
        await StoreAsync("once", call);
        var url = Sign("once", 1);
        var first = await AnswerAsync(servers.First, url);
        Assert.Equal((HttpStatusCode.OK, "workers; fwd=miss; stored", ""), (first.Code, first.Status, first.JobId));
        foreach (var server in new[] { servers.First, servers.First, servers.Second, servers.Second })
        {
            var again = await AnswerAsync(server, url);
            Assert.Equal((first.Body, first.ETag, Hit, ""), (again.Body, again.ETag, again.Status, again.JobId));
            using var held = await SendAsync(server, HttpMethod.Get, url, ("If-None-Match", first.ETag));
            Assert.Equal((HttpStatusCode.NotModified, "public, max-age=31536000, immutable"), (held.StatusCode, Control(held)));
            using var part = await SendAsync(server, HttpMethod.Get, url, ("Range", "bytes=0-2"), ("Cache-Control", "no-cache"));
            Assert.Equal((HttpStatusCode.PartialContent, first.Body[..3]), (part.StatusCode, await part.Content.ReadAsStringAsync()));
            using var head = await SendAsync(server, HttpMethod.Head, url);
            Assert.Equal((HttpStatusCode.OK, first.Body.Length, ""), (head.StatusCode, (int)head.Content.Headers.ContentLength!, await head.Content.ReadAsStringAsync()));
        }

        Assert.Equal(1, call.Runs);
        Assert.Equal(HttpStatusCode.Forbidden, (await AnswerAsync(servers.First, url.Replace("name=red", "name=blue", StringComparison.Ordinal))).Code);
    }

    [Fact]
    public async Task A_changed_template_is_never_answered_by_its_old_picture()
    {
        var call = servers.Call();
        await StoreAsync("changing", call);
        var (newest, old) = (Sign("changing", null), Sign("changing", 1));
        foreach (var server in new[] { servers.First, servers.Second })
            Assert.StartsWith("redr ", (await AnswerAsync(server, newest)).Body, StringComparison.Ordinal);
        Assert.Equal(1, call.Runs);

        await StoreAsync("changing", call, red: "scarlet");
        Assert.StartsWith("redscarlet ", (await AnswerAsync(servers.First, newest)).Body, StringComparison.Ordinal);
        // The other process hears of it, or looks after a second.
        await Eventually.HoldsAsync(
            async () => (await AnswerAsync(servers.Second, newest)).Body.StartsWith("redscarlet ", StringComparison.Ordinal), "the second process knows");
        foreach (var server in new[] { servers.First, servers.Second })
            Assert.StartsWith("redr ", (await AnswerAsync(server, old)).Body, StringComparison.Ordinal);
        Assert.Equal(2, call.Runs);
    }

    [Fact]
    public async Task What_was_made_ahead_is_there()
    {
        var call = servers.Call();
        await StoreAsync("ahead", call);
        using var answer = await servers.First.Http.PostAsJsonAsync("/v1/templates/ahead/prerender", new { options = new { name = "all" } });
        var document = (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.Equal((HttpStatusCode.Accepted, 2), (answer.StatusCode, (int)document["submitted"]!));
        foreach (var job in (await servers.First.GetAsync((string)document["jobs"]!))["jobs"]!.AsArray())
            await servers.First.EndAsync((string)job!["id"]!);
        foreach (var server in new[] { servers.First, servers.Second })
        {
            foreach (var name in new[] { "red", "blue" })
                Assert.Equal(Hit, (await AnswerAsync(server, Sign("ahead", 1, name))).Status);
        }

        Assert.Equal(2, call.Runs);
        foreach (var (query, submitted) in new[] { ("?dryRun=true", 0), ("", 0) })
        {
            using var again = await servers.Second.Http.PostAsJsonAsync("/v1/templates/ahead/prerender" + query, new { options = new { name = "all" } });
            var counted = (await again.Content.ReadFromJsonAsync<JsonObject>())!;
            Assert.Equal((2, submitted), ((int)counted["count"]!, (int)counted["submitted"]!));
        }

        Assert.Equal(2, call.Runs);
    }

    [Fact]
    public async Task After_the_placeholder_comes_the_picture()
    {
        using var picture = new ByteArrayContent("wait"u8.ToArray()) { Headers = { ContentType = new("image/png") } };
        using var upload = await servers.First.Http.PostAsync("/v1/assets?filename=wait.png", picture);
        var asset = (await upload.Content.ReadFromJsonAsync<JsonObject>())!["asset"]!.GetValue<string>();
        var call = servers.Call("\"seconds\":1");
        await StoreAsync("slow", call, more: new JsonObject { ["placeholder"] = new JsonObject { ["asset"] = asset, ["afterSeconds"] = 0.05 } });
        using (var shown = await SendAsync(servers.First, HttpMethod.Get, Sign("slow", 1)))
            Assert.Equal(("wait", "no-store", null), (await shown.Content.ReadAsStringAsync(), Control(shown), shown.Headers.ETag));
        await Eventually.HoldsAsync(
            async () => (await AnswerAsync(servers.Second, Sign("slow", 1))).Body.StartsWith("redr ", StringComparison.Ordinal), "the picture is there");
        Assert.Equal(1, call.Runs);
    }

    private async Task StoreAsync(string name, CountedCall call, string red = "r", JsonObject? more = null)
    {
        var definition = more ?? [];
        definition["engine"] = "testcard";
        definition["function"] = "draw";
        definition["input"] = JsonNode.Parse($$"""{"tally":"{{call.Tally}}"{{(call.More.Length > 0 ? "," + call.More : "")}}}""");
        definition["parameters"] = JsonNode.Parse(
            $$"""{"name": {"type": "enum", "map": {"red": "{{red}}", "blue": "b"}, "default": "red", "drives": "/name"} }""");
        using var response = await servers.First.Http.PutAsJsonAsync("/v1/templates/" + name, definition);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    private static string Sign(string template, int? version, string name = "red") => new SignedUrl
    {
        KeyId = "k1", Template = template, Version = version, Parameters = new Dictionary<string, string> { ["name"] = name },
    }.Sign(CachingServers.UrlSecret);

    private static string Control(HttpResponseMessage response) => response.Headers.NonValidated["Cache-Control"].ToString();

    private static async Task<CachedAnswer> AnswerAsync(ServerProcess server, string url)
    {
        using var response = await SendAsync(server, HttpMethod.Get, url);
        return await CachedAnswer.ReadAsync(response);
    }

    private static async Task<HttpResponseMessage> SendAsync(
        ServerProcess server, HttpMethod method, string url, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, url);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await server.Http.SendAsync(request);
    }
}
