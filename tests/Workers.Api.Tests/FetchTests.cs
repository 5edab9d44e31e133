using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Workers.Api.Engines;
using Workers.Api.Fetching;
using Workers.Api.Tests.Support;
using Workers.Jobs.Assets;
using Workers.Jobs.Configuration;

namespace Workers.Api.Tests;

/// <summary>Files by URL: what is fetched, and what never is. The server, its certificate and the connections are real; names mean what a test says.</summary>
public sealed class FetchTests(FetchApi api) : IClassFixture<FetchApi>
{
    [Fact]
    public async Task A_file_is_fetched_once_and_named_by_its_content()
    {
        var path = $"/files/{Guid.NewGuid()}/chair.blend";
        var first = Serve(path, "\"one\"");
        var job = await SubmitAsync(api.Files.Url(path), $"{{\"Fabric\":\"{api.Files.Url(path)}\"}}");
        Assert.Equal((IdOf(first), IdOf(first)), ((string?)job.Specification.Input["file"], (string?)job.Specification.Input["images"]!["Fabric"]));
        Assert.Equal([AssetId.Hex(IdOf(first))], job.Specification.Assets);
        var record = await api.Host.Services.GetRequiredService<AssetRegistry>().FindAsync(job.Specification.Assets[0], touch: false, default);
        Assert.Equal(("chair.blend", "application/x-blender"), (record!.Name, record.MediaType));

        Assert.Equal(IdOf(first), (string?)(await SubmitAsync(api.Files.Url(path))).Specification.Input["file"]);
        Assert.Equal((1, 1), (api.Files.Count(path, 200), api.Files.Count(path, 304)));

        var second = Serve(path, "\"two\"");
        Assert.Equal(IdOf(second), (string?)(await SubmitAsync(api.Files.Url(path))).Specification.Input["file"]);
        Assert.Equal((2, 1), (api.Files.Count(path, 200), api.Files.Count(path, 304)));
        Assert.All(api.Files.Answers.Where(answer => answer.Path == path), answer => Assert.Equal("", answer.Secrets));
    }

    [Fact]
    public async Task Known_bytes_that_are_gone_are_fetched_again()
    {
        var path = $"/files/{Guid.NewGuid()}.blend";
        var bytes = Serve(path, "\"one\"");
        using (var call = await PrepareOnlyAsync(api.Files.Url(path), "width", "\"wide\""))
            await call.ProblemAsync(422, "invalid_input"); // A wrong input fetches nothing.
        Assert.Equal(0, api.Files.Count(path, 200));
        await SubmitAsync(api.Files.Url(path));
        await api.Host.Blobs.DeleteAsync(AssetId.Hex(IdOf(bytes)), CancellationToken.None);
        await SubmitAsync(api.Files.Url(path));
        Assert.Equal((2, 0), (api.Files.Count(path, 200), api.Files.Count(path, 304)));
    }

    [Fact]
    public async Task A_validator_is_not_sent_to_where_a_redirect_leads_later()
    {
        var (path, other) = ($"/files/{Guid.NewGuid()}.blend", $"/files/{Guid.NewGuid()}.blend");
        Serve(path, "\"1\"");
        var changed = Serve(other, "\"1\"");
        var away = api.Files.Url("/away?to=");
        await SubmitAsync(away + Uri.EscapeDataString(path));
        await SubmitAsync(away + Uri.EscapeDataString(path));
        Assert.Equal(1, api.Files.Count(path, 304));
        Assert.Equal(IdOf(changed), (string?)(await SubmitAsync(away + Uri.EscapeDataString(other))).Specification.Input["file"]);
    }

    [Fact]
    public async Task Many_at_once_are_one_look_for_those_who_came_before_it()
    {
        var path = $"/files/{Guid.NewGuid()}.blend";
        Serve(path, "\"one\"");
        var calls = Enumerable.Range(0, 40).Select(_ => api.Client.PostJsonAsync("/v1/jobs", Envelope(api.Files.Url(path)))).ToList();
        foreach (var call in calls)
            Assert.Equal(HttpStatusCode.Accepted, (await call).StatusCode);
        Assert.Equal(1, api.Files.Count(path, 200));
        Assert.True(api.Files.Answers.Count(answer => answer.Path == path) < 40);
        for (var left = calls.Count; left > 0; left--)
            await api.Node.RunOneAsync("blender");
    }

    [Fact]
    public async Task A_request_repeated_under_its_key_is_the_same_whatever_the_url_gives_by_now()
    {
        var path = $"/files/{Guid.NewGuid()}.blend";
        Serve(path, null);
        using var first = await api.Client.PostJsonAsync("/v1/jobs", Envelope(api.Files.Url(path)), ("Idempotency-Key", path));
        Serve(path, null);
        using var second = await api.Client.PostJsonAsync("/v1/jobs", Envelope(api.Files.Url(path)), ("Idempotency-Key", path));
        Assert.Equal((string?)(await first.JsonAsync())["id"], (string?)(await second.JsonAsync())["id"]);
        await api.Node.RunOneAsync("blender");
    }

    [Theory]
    [InlineData("http://files.test/a.blend")]
    [InlineData("https://user:password@files.test/a.blend")]
    [InlineData("https:///a.blend")]
    [InlineData("https://[::1/a.blend")]
    [InlineData("ftp://files.test/a.blend")]
    [InlineData("file:///etc/passwd")]
    public async Task A_url_that_may_not_be_is_422_at_its_place(string url)
    {
        using var answer = await api.Client.PostJsonAsync("/v1/jobs", Envelope(url));
        await answer.ProblemAsync(422, "invalid_input", "/input/file");
    }

    [Theory]
    [InlineData("https://127.0.0.1:PORT/a.blend")]
    [InlineData("https://2130706433:PORT/a.blend")]
    [InlineData("https://[::1]:PORT/a.blend")]
    [InlineData("https://[::ffff:127.0.0.1]:PORT/a.blend")]
    [InlineData("https://169.254.169.254/latest/meta-data")]
    [InlineData("https://private.test:PORT/a.blend")]
    [InlineData("https://two-minds.test:PORT/a.blend")]
    [InlineData("https://link-local.test:PORT/a.blend")] // named as private, but machines' credentials are there
    public async Task An_address_that_only_we_can_reach_is_refused(string url)
    {
        api.Names["two-minds.test"] = _ => [IPAddress.Parse("93.184.215.14"), IPAddress.Loopback];
        api.Names["link-local.test"] = _ => [IPAddress.Parse("169.254.169.254")];
        var before = api.Files.Answers.Count;
        var port = api.Files.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        using var answer = await api.Client.PostJsonAsync("/v1/jobs", Envelope(url.Replace("PORT", port, StringComparison.Ordinal)));
        var problem = await answer.ProblemAsync(422, "url_refused", "/input/file");
        Assert.False((bool)problem["retryable"]!);
        Assert.Equal(before, api.Files.Answers.Count);
    }

    [Fact]
    public async Task A_name_is_looked_up_once_a_connection_and_means_that_address()
    {
        var path = $"/files/{Guid.NewGuid()}.blend";
        Serve(path, null);
        // Good while it is checked, bad ever after: whoever looked it up twice would land at the second.
        api.Names["rebinding.test"] = number => [number == 1 ? IPAddress.Loopback : IPAddress.Parse("169.254.169.254")];
        using var first = await api.Client.PostJsonAsync("/v1/jobs", Envelope(api.Files.Url(path, "rebinding.test")));
        var reached = await first.ProblemAsync(502, "url_failed", "/input/file"); // It got as far as the certificate, which is for another name.
        Assert.Contains("certificate", (string?)reached["detail"], StringComparison.Ordinal);
        Assert.Equal(1, api.LookUps["rebinding.test"]);
        using var second = await api.Client.PostJsonAsync("/v1/jobs", Envelope(api.Files.Url(path, "rebinding.test")));
        await second.ProblemAsync(422, "url_refused", "/input/file");
        Assert.Equal(2, api.LookUps["rebinding.test"]);
    }

    [Fact]
    public async Task A_redirect_is_checked_as_the_first_url_is()
    {
        var plain = $"http://{FileServer.Name}:{api.Files.PlainPort}/files/a.blend";
        foreach (var target in new[]
        {
            api.Files.Url("/files/a.blend", "private.test"), api.Files.Url("/files/a.blend", "127.0.0.1"), plain, "file:///etc/passwd",
            api.Files.Url("/files/a.blend", "[::ffff:127.0.0.1]"), api.Files.Url("/files/a.blend", "[::1]")[6..],
        })
        {
            using var refused = await api.Client.PostJsonAsync("/v1/jobs", Envelope(api.Files.Url($"/away?to={Uri.EscapeDataString(target)}")));
            await refused.ProblemAsync(422, "url_refused", "/input/file");
        }

        using var loop = await api.Client.PostJsonAsync("/v1/jobs", Envelope(api.Files.Url("/loop")));
        await loop.ProblemAsync(502, "url_failed", "/input/file");
        Assert.Equal(6, api.Files.Count("/loop", 302));
        Assert.Equal(0, api.Files.Count("/files/a.blend", 200));
    }

    [Fact]
    public async Task Plain_http_is_for_hosts_that_are_named()
    {
        var path = $"/files/{Guid.NewGuid()}.blend";
        var bytes = Serve(path, null);
        var job = await SubmitAsync($"http://plain.test:{api.Files.PlainPort}{path}");
        Assert.Equal(IdOf(bytes), (string?)job.Specification.Input["file"]);
    }

    [Theory]
    [InlineData("/endless", 422, "url_refused")]
    [InlineData("/large", 422, "url_refused")]
    [InlineData("/short", 502, "url_failed")]
    [InlineData("/packed", 502, "url_failed")]
    [InlineData("/none", 502, "url_failed")]
    public async Task What_is_too_large_or_not_whole_is_not_kept(string path, int status, string code)
    {
        api.Files.Files["/large"] = (new byte[FetchApi.MaxBytes + 1], null);
        var registry = api.Host.Services.GetRequiredService<AssetRegistry>();
        var before = (await registry.ListAsync(null, null, 0, 500, CancellationToken.None)).Count;
        using var answer = await api.Client.PostJsonAsync("/v1/jobs", Envelope(api.Files.Url(path)));
        await answer.ProblemAsync(status, code, "/input/file");
        Assert.Equal(before, (await registry.ListAsync(null, null, 0, 500, CancellationToken.None)).Count);
        Assert.DoesNotContain(
            Directory.GetFiles(api.Host.Folder.FullPath, "*", SearchOption.AllDirectories), file => file.Contains("incoming", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_certificate_for_another_name_or_of_nobody_is_refused()
    {
        using var name = await api.Client.PostJsonAsync("/v1/jobs", Envelope(api.Files.Url("/none", "alias.test")));
        Assert.Contains("certificate", (string?)(await name.ProblemAsync(502, "url_failed"))["detail"], StringComparison.Ordinal);
        await using var strict = await OtherAsync(settings => settings with { Fetch = settings.Fetch with { CaFile = null } });
        using var authority = await strict.Client.PostJsonAsync("/v1/jobs", Envelope(api.Files.Url("/none")));
        Assert.Contains("certificate", (string?)(await authority.ProblemAsync(502, "url_failed"))["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_says_nothing_or_never_comes_to_an_end_ends_by_the_limit()
    {
        await using var hasty = await OtherAsync(settings => settings with { Fetch = settings.Fetch with { Seconds = 0.3 } });
        foreach (var path in new[] { "/silent", "/trickle" })
        {
            using var answer = await hasty.Client.PostJsonAsync("/v1/jobs", Envelope(api.Files.Url(path)));
            await answer.ProblemAsync(504, "url_timeout", "/input/file");
        }
    }

    [Fact]
    public async Task Lines_of_a_batch_are_admitted_in_order_however_long_their_files_take()
    {
        var path = $"/files/{Guid.NewGuid()}.blend";
        Serve(path, null);
        var none = $"/none/{Guid.NewGuid()}";
        var lines = new[] { api.Files.Url(path), api.Files.Url("/held"), api.Files.Url(none), api.Files.Url(path) };
        var batch = api.Client.PostBytesAsync("/v1/jobs:batch", Encoding.UTF8.GetBytes(string.Join('\n', lines.Select(line => Envelope(line)))), "application/x-ndjson");
        await api.Files.Held.Task.WaitAsync(Eventually.Limit);
        // The last line's file is known already, and its job would be first.
        await Eventually.HoldsAsync(() => api.Files.Count(none, 404) > 0, "the lines behind are at work");
        api.Files.Release.SetResult();
        using var answer = await batch;
        var results = (await answer.JsonAsync())["results"]!.AsArray();
        Assert.Equal([202, 202, 502, 202], results.Select(result => (int)result!["status"]!));
        foreach (var line in new[] { 0, 1, 3 })
            Assert.Equal((string?)results[line]!["id"], (await api.Node.RunOneAsync("blender")).Id);
    }

    [Fact]
    public async Task Nothing_is_fetched_unless_allowed_and_only_from_the_hosts_listed()
    {
        await using (var closed = await OtherAsync(settings => settings with { Fetch = new FetchSettings() }))
        {
            using var answer = await closed.Client.PostJsonAsync("/v1/jobs", Envelope(api.Files.Url("/files/a.blend")));
            var problem = await answer.ProblemAsync(422, "invalid_input", "/input/file");
            Assert.Contains("\"fetch\": {\"enabled\": true}", (string?)problem["errors"]![0]!["detail"], StringComparison.Ordinal);
        }

        var rules = new FetchRules(new ServerSettings
        {
            Data = "", Runtime = "", NodeId = "", Fetch = new FetchSettings { Enabled = true, Hosts = ["cdn.example", "*.shop.example"] },
        });
        Assert.Null(rules.Check("https://CDN.example/a.blend"));
        Assert.Null(rules.Check("https://a.b.shop.example/a.blend"));
        foreach (var other in new[] { "https://shop.example/a", "https://eshop.example/a", "https://cdn.example.evil/a", "https://x.cdn.example/a" })
            Assert.NotNull(rules.Check(other));
    }

    private async Task<ApiHost> OtherAsync(Func<ServerSettings, ServerSettings> change)
    {
        var host = await ApiHost.StartAsync(
            api.Redis.ConnectionString, settings => change(api.Fetching(settings)), services => services.AddSingleton<HostResolver>(api.ResolveAsync));
        await host.Services.GetRequiredService<EngineCatalog>().RefreshAsync(CancellationToken.None);
        return host;
    }

    private byte[] Serve(string path, string? tag)
    {
        var bytes = Encoding.ASCII.GetBytes("BLENDER-v304" + Guid.NewGuid());
        api.Files.Files[path] = (bytes, tag);
        return bytes;
    }

    private async Task<Job> SubmitAsync(string url, string images = "{}")
    {
        using var answer = await api.Client.PostJsonAsync("/v1/jobs", Envelope(url, images));
        await answer.JobAsync(HttpStatusCode.Accepted);
        return await api.Node.RunOneAsync("blender");
    }

    private Task<HttpResponseMessage> PrepareOnlyAsync(string url, string name, string value) => api.Client.PostJsonAsync(
        "/v1/jobs", $$$"""{"engine":"blender","function":"render","input":{"file":"{{{url}}}","{{{name}}}":{{{value}}}}}""");

    private static string Envelope(string url, string images = "{}") => new JsonObject
    {
        ["engine"] = "blender", ["function"] = "render",
        ["input"] = new JsonObject { ["file"] = url, ["images"] = JsonNode.Parse(images) },
    }.ToJsonString();

    private static string IdOf(byte[] bytes) => AssetId.Of(Convert.ToHexStringLower(SHA256.HashData(bytes)));
}
