using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Workers.Api.Tests.Support;
using Workers.Api.Tests.Templates;
using Workers.Contracts;
using Workers.Jobs.Configuration;

namespace Workers.Api.Tests.SignedUrls;

/// <summary>A signed URL shows one picture to everybody, and nothing else to anybody.</summary>
public sealed class SignedUrlTests(SignedApi api) : IClassFixture<SignedApi>
{
    private static readonly string[] Withheld = ["Job-Id", "Server-Timing", "Content-Location", "Location", "Retry-After", "Preference-Applied", "Set-Cookie"];

    [Fact]
    public async Task A_signed_URL_shows_the_picture_without_a_key()
    {
        var name = await api.StoreAsync();
        var (response, job) = await api.MadeAsync(SignedApi.Sign(name, "fabric=blue&ratio=1.5", extension: "jpg"));
        using (response)
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(NodeActor.Picture, await response.Content.ReadAsByteArrayAsync());
            Assert.Equal(("BLUE", 1.5, "jpeg", "url:k2"), (
                (string?)job.Specification.Input["text"], (double)job.Specification.Input["ratio"]!, (string?)job.Specification.Input["format"], job.Client));
            Assert.False(response.Headers.ETag!.IsWeak);
            Assert.Equal("public, max-age=60, stale-while-revalidate=600", Control(response));
            Assert.Equal("cross-origin", response.Headers.GetValues("Cross-Origin-Resource-Policy").Single());
            TellsNothing(response);
            Assert.Empty(response.Headers.Vary);
        }
    }

    [Fact]
    public async Task A_second_look_costs_nothing_HEAD_has_no_body_and_ranges_are_parts()
    {
        var path = SignedApi.Sign(await api.StoreAsync(), version: 1);
        EntityTagHeaderValue tag;
        {
            var (first, _) = await api.MadeAsync(path);
            tag = first.Headers.ETag!;
            Assert.Equal("public, max-age=31536000, immutable", Control(first));
            first.Dispose();
        }

        using var held = await AgainAsync(HttpMethod.Get, path, ("If-None-Match", tag.ToString()));
        Assert.Equal((HttpStatusCode.NotModified, tag), (held.StatusCode, held.Headers.ETag));
        Assert.Equal("public, max-age=31536000, immutable", Control(held));
        using var head = await AgainAsync(HttpMethod.Head, path);
        Assert.Equal((HttpStatusCode.OK, tag, NodeActor.Picture.Length), (head.StatusCode, head.Headers.ETag, (int)head.Content.Headers.ContentLength!));
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        using var part = await AgainAsync(HttpMethod.Get, path, ("Range", "bytes=1-3"));
        Assert.Equal((HttpStatusCode.PartialContent, "PNG"), (part.StatusCode, await part.Content.ReadAsStringAsync()));
        using var outside = await AgainAsync(HttpMethod.Get, path, ("Range", "bytes=100000-"));
        await outside.ProblemAsync(416, "range_not_satisfiable");
        Assert.True(outside.Headers.CacheControl!.NoStore);
        using var post = await api.Client.PostAsync(path, null);
        Assert.Equal(HttpStatusCode.Unauthorized, post.StatusCode); // as any path that does not take it
    }

    [Fact]
    public async Task Nothing_is_kept_longer_than_the_URL_is_good()
    {
        var name = await api.StoreAsync();
        foreach (var version in new int?[] { 1, null })
        {
            var soon = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 50;
            using var response = await ShownAsync(SignedApi.Sign(name, version: version, expires: soon));
            var control = response.Headers.CacheControl!;
            Assert.InRange(control.MaxAge!.Value.TotalSeconds, 1, 50);
            Assert.Equal($"public, max-age={control.MaxAge.Value.TotalSeconds}", Control(response));
        }
    }

    [Fact]
    public async Task What_lies_under_a_root_may_change_and_is_not_immutable()
    {
        var name = await api.StoreAsync("""{"engine": "blender", "function": "render", "input": {"file": "root:models/chair.blend"}, "maxAgeSeconds": 7}""");
        using var response = await ShownAsync(SignedApi.Sign(name, version: 1), "blender");
        Assert.Equal(TimeSpan.FromSeconds(7), response.Headers.CacheControl!.MaxAge);
    }

    [Theory]
    [InlineData("image/avif,image/webp,*/*;q=0.8", "webp")]
    [InlineData("*/*", "png")]
    [InlineData(null, "png")]
    [InlineData("image/webp;q=0", "png")]
    public async Task Auto_is_webp_for_those_who_name_it(string? accept, string format)
    {
        foreach (var extension in new[] { SignedUrl.AutoExtension, SignedUrl.AtAuto })
            await ShowsAsync(extension, accept, format);
    }

    private async Task ShowsAsync(string extension, string? accept, string format)
    {
        // The build of this test writes webp, too.
        await api.Node.ReportAsync(
            NodeActor.Engine("testcard", NodeActor.Render()) with { Facts = JsonNode.Parse("""{"formats":["png","jpeg","webp"]}""") },
            NodeActor.Engine("blender", NodeActor.FileRender()));
        var path = SignedApi.Sign(await api.StoreAsync(), "ratio=1.5", extension: extension);
        Assert.EndsWith(extension == SignedUrl.AtAuto ? "/ratio=1.5@auto" : "/ratio=1.5.auto", path, StringComparison.Ordinal);
        var (response, job) = await api.MadeAsync(path, accept is null ? [] : [("Accept", accept)]);
        using (response)
        {
            Assert.Equal((HttpStatusCode.OK, format), (response.StatusCode, (string?)job.Specification.Input["format"]));
            Assert.Equal(["Accept"], response.Headers.Vary);
        }
    }

    [Fact]
    public async Task What_a_stranger_wishes_counts_for_nothing()
    {
        var path = SignedApi.Sign(await api.StoreAsync());
        var (response, job) = await api.MadeAsync(
            path, ("Prefer", "respond-async"), ("Accept", "application/json"), ("Idempotency-Key", "\"k\""), ("Cache-Control", "no-cache"));
        using (response)
            Assert.Equal((HttpStatusCode.OK, "image/png"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        Assert.Equal(50, job.Specification.Priority);
    }

    [Fact]
    public async Task A_failure_is_told_and_not_kept()
    {
        var call = api.Client.GetAsync(SignedApi.Sign(await api.StoreAsync(), version: 1));
        await api.Node.FailAsync(await api.Node.ClaimAsync(), new JobFailure(FailureKinds.EngineError, "It does not work."));
        using var response = await call;
        await response.ProblemAsync(502, "engine_error");
        Assert.True(response.Headers.CacheControl!.NoStore);
    }

    [Fact]
    public async Task While_a_cold_render_takes_too_long_the_placeholder_is_shown_and_the_render_goes_on()
    {
        byte[] bytes = [0x89, .. "PNG placeholder"u8];
        using var content = new ByteArrayContent(bytes) { Headers = { ContentType = new("image/png") } };
        using var upload = new HttpRequestMessage(HttpMethod.Post, "/v1/assets?filename=wait.png")
        {
            Content = content, Headers = { Authorization = new("Bearer", "key-of-boss") },
        };
        using var stored = await api.Client.SendAsync(upload);
        var asset = (string?)(await stored.JsonAsync())["asset"];
        var name = await api.StoreAsync(TemplateApi.CardWith(card => card["placeholder"] = new JsonObject { ["asset"] = asset, ["afterSeconds"] = 0.05 }));
        using var shown = await api.Client.GetAsync(SignedApi.Sign(name, version: 1));
        Assert.Equal((HttpStatusCode.OK, "image/png"), (shown.StatusCode, shown.Content.Headers.ContentType?.MediaType));
        Assert.Equal(bytes, await shown.Content.ReadAsByteArrayAsync());
        Assert.Equal(("no-store", null), (shown.Headers.CacheControl!.ToString(), shown.Headers.ETag));
        TellsNothing(shown);
        Assert.Equal("RED", (string?)(await api.Node.RunOneAsync()).Specification.Input["text"]); // nobody canceled it
    }

    [Fact]
    public async Task A_CDN_may_name_itself_and_only_for_signed_URLs()
    {
        var name = await api.StoreAsync();
        var call = api.StatusAsync(SignedApi.Sign(name), host: "cdn.example");
        await api.Node.RunOneAsync();
        Assert.Equal(200, await call);
        Assert.Equal(403, await api.StatusAsync("/i/x/k2/y/_.png", host: "cdn.example"));
        Assert.Equal(400, await api.StatusAsync("/i/../v1/jobs", host: "cdn.example"));
        Assert.Equal(400, await api.StatusAsync("/v1/jobs", host: "cdn.example"));
        Assert.Equal(401, await api.StatusAsync("/i/../v1/jobs"));
    }

    [Fact]
    public async Task A_changed_template_changes_what_an_unversioned_URL_shows_and_no_other()
    {
        var name = await api.StoreAsync();
        Assert.Equal("RED", await TextAsync(SignedApi.Sign(name)));
        await api.StoreAsync(TemplateApi.CardWith(card => card["parameters"]!["fabric"]!["map"]!["red"] = "SCARLET"), name);
        Assert.Equal("SCARLET", await TextAsync(SignedApi.Sign(name)));
        Assert.Equal("RED", await TextAsync(SignedApi.Sign(name, "width=65", version: 1)));
    }

    [Fact]
    public async Task Every_key_is_accepted_until_it_is_taken_out()
    {
        var name = await api.StoreAsync();
        var byOlder = SignedApi.Sign(name, "width=41", key: "k1", secret: SignedApi.Older);
        using (var shown = await ShownAsync(byOlder))
            Assert.Equal(HttpStatusCode.OK, shown.StatusCode);
        // Another process of the same installation, from whose configuration the older key was taken.
        await using var other = await ApiHost.StartAsync(
            api.Redis.ConnectionString, settings => SignedApi.Keyed(settings) with { UrlKeys = [new UrlKey("k2", SignedApi.Newer)] });
        using (var revoked = await other.Client.GetAsync(byOlder))
            await revoked.ProblemAsync(403, "url_not_signed");
        using var none = await other.Client.GetAsync(SignedApi.Sign(name, "width=41", expires: 1));
        await none.ProblemAsync(403, "url_expired");
    }

    [Fact]
    public async Task Pages_of_named_origins_may_read_pictures_and_caches_keep_them_apart()
    {
        const string Shop = "https://shop.example";
        const string Permission = "Access-Control-Allow-Origin";
        await using var open = await ApiHost.StartAsync(
            api.Redis.ConnectionString,
            settings => SignedApi.Keyed(settings) with
            {
                Data = api.Host.Folder.FullPath, UrlKeys = [new UrlKey("k2", SignedApi.Newer)], Origins = [Shop, "https://other.example"],
            });
        var path = SignedApi.Sign(await api.StoreAsync(), version: 1, extension: SignedUrl.AtAuto);
        var call = open.Client.SendAsync(HttpMethod.Get, path, ("Origin", Shop));
        await api.Node.RunOneAsync();
        using (var first = await call)
            Assert.Equal((HttpStatusCode.OK, Shop), (first.StatusCode, first.Headers.GetValues(Permission).Single()));
        foreach (var origin in new[] { null, Shop, "https://evil.example", null })
        {
            var asked = open.Client.SendAsync(HttpMethod.Get, path, origin is null ? [] : [("Origin", origin)]);
            await api.Node.RunOneAsync();
            using var shown = await asked;
            Assert.Equal(HttpStatusCode.OK, shown.StatusCode);
            Assert.Equal(origin == Shop ? [Shop] : [], shown.Headers.TryGetValues(Permission, out var permitted) ? permitted : []);
            Assert.Equal(["Accept", "Origin"], shown.Headers.Vary.Distinct().Order());
        }

        foreach (var (origin, permitted) in new[] { (Shop, true), ("https://evil.example", false) })
        {
            // A CDN may pass it on by its own name, as it does the picture.
            using var preflight = await open.Client.SendAsync(
                HttpMethod.Options, path, ("Origin", origin), ("Access-Control-Request-Method", "GET"), ("Access-Control-Request-Headers", "range"),
                ("Host", "cdn.example"));
            Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
            Assert.Equal(permitted, preflight.Headers.Contains(Permission));
            Assert.Equal(permitted, preflight.Headers.Contains("Access-Control-Allow-Headers"));
        }

        using var closed = await api.Client.SendAsync(HttpMethod.Options, path, ("Origin", Shop), ("Access-Control-Request-Method", "GET"));
        Assert.False(closed.Headers.Contains(Permission));
    }

    [Fact]
    public async Task The_documented_URL_is_what_we_sign_and_read()
    {
        var page = await File.ReadAllTextAsync(RepositoryPaths.Below("SECURITY.md"));
        var documented = page.Split('\n').Single(line => line.StartsWith("    /i/LOF", StringComparison.Ordinal)).Trim();
        var url = new SignedUrl
        {
            KeyId = "k1", Template = "chair", Version = 3, Expires = 1767225600,
            Parameters = new Dictionary<string, string> { ["name"] = "Anna & Bo/ü~", ["fabric"] = "red" },
        };
        Assert.Contains("`correct-horse-battery-staple-0123456789`", page, StringComparison.Ordinal);
        Assert.Equal(documented, url.Sign("correct-horse-battery-staple-0123456789"));
        var read = SignedUrl.Read(url.SignedPart)!;
        Assert.Equal((url.KeyId, url.Template, url.Version, url.Expires, url.Extension), (read.KeyId, read.Template, read.Version, read.Expires, read.Extension));
        Assert.Equal(url.Parameters.OrderBy(pair => pair.Key), read.Parameters.OrderBy(pair => pair.Key));
    }

    private static void TellsNothing(HttpResponseMessage response) =>
        Assert.All(Withheld, header => Assert.False(
            response.Headers.NonValidated.Contains(header) || response.Content.Headers.NonValidated.Contains(header), header));

    private static string Control(HttpResponseMessage response) => response.Headers.NonValidated["Cache-Control"].ToString();

    private async Task<string?> TextAsync(string path)
    {
        var (response, job) = await api.MadeAsync(path);
        using (response)
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (string?)job.Specification.Input["text"];
    }

    // With whatever it takes: a job, or what is stored already.
    private async Task<HttpResponseMessage> ShownAsync(string path, string engine = "testcard")
    {
        var call = api.Client.GetAsync(path);
        if (await Task.WhenAny(call, api.Node.RunOneAsync(engine)) is not Task<HttpResponseMessage>)
            await call;
        return await call;
    }

    private async Task<HttpResponseMessage> AgainAsync(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        var call = api.Client.SendAsync(method, path, headers);
        await api.Node.RunOneAsync();
        return await call;
    }
}
