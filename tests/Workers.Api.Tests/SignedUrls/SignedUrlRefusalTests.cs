using Workers.Api.Tests.Support;

namespace Workers.Api.Tests.SignedUrls;

/// <summary>What was not signed, is over, or asks for what its template does not give, is refused before anything is rendered, and not kept by caches.</summary>
public sealed class SignedUrlRefusalTests(SignedApi api) : IClassFixture<SignedApi>
{
    [Fact]
    public async Task Whatever_was_not_signed_just_so_is_403()
    {
        var name = await api.StoreAsync();
        var good = SignedApi.Sign(name, "fabric=blue&width=100", 1);
        var (signature, rest) = (good[3..46], good[46..]);
        string[] forged =
        [
            good.Replace("blue", "red", StringComparison.Ordinal),
            good.Replace("@1", "@2", StringComparison.Ordinal),
            good.Replace("@1", "", StringComparison.Ordinal),
            good.Replace(".png", ".jpg", StringComparison.Ordinal),
            good.Replace("/k2/", "/k1/", StringComparison.Ordinal), // another key's
            good.Replace("/k2/", "/k9/", StringComparison.Ordinal), // nobody's
            good + "?fabric=red", good + "?", good + "#x", good + "/", good + "x",
            "/i/" + signature[..42] + rest, "/i/" + signature[..20] + rest, "/i/" + rest, "/i/" + signature + "=" + rest, "/i/" + signature + "A" + rest,
            "/i/" + signature.ToUpperInvariant() + rest, "/i/" + new string('A', 43) + rest, "/i/" + new string('ü', 20) + rest,
            "/i/" + signature + "/k2/" + name + "@1", "/i/" + signature, "/i/", "/i", "/i//" + rest,
            good.Replace("fabric", "%66abric", StringComparison.Ordinal),
            good.Replace("/k2/", "/k2/../k2/", StringComparison.Ordinal),
            good.Replace("/k2/", "/k2//", StringComparison.Ordinal),
            "/i/../i/" + good[3..], "/x/.." + good,
            SignedApi.Sign(name, "fabric=blue", secret: "another-another-another-another-another-"),
        ];
        foreach (var target in forged)
            Assert.True(await api.StatusAsync(target) is 403 or 400, $"{await api.StatusAsync(target)}: {target}");
        using var answer = await api.Client.GetAsync(forged[0]);
        await answer.ProblemAsync(403, "url_not_signed");
        Assert.True(answer.Headers.CacheControl!.NoStore);
        Assert.Empty((await api.Host.Jobs.ListAsync(new JobQuery { State = JobState.Queued }, default)).Jobs);
    }

    [Theory]
    [InlineData("width=100,fabric=blue.png")]
    [InlineData("fabric=blue,fabric=blue.png")]
    [InlineData("fabric=bl%75e.png")] // an unreserved character, escaped
    [InlineData("fabric=a%2fb.png")] // small hex digits
    [InlineData("fabric=a b.png")]
    [InlineData("fabric=a+b.png")]
    [InlineData(",fabric=blue.png")]
    [InlineData("fabric=blue,.png")]
    [InlineData(".png")]
    [InlineData("fabric.png")]
    [InlineData("=blue.png")]
    [InlineData("_")]
    [InlineData("expires=01999999999.png")]
    [InlineData("expires=soon.png")]
    [InlineData("@auto")]
    [InlineData("fabric@auto")]
    [InlineData("_.@auto")]
    [InlineData("_@auto.")]
    [InlineData("_@AUTO")]
    [InlineData("_%40auto")]
    [InlineData("fabric=a@auto@auto")] // an @ of a value is escaped
    [InlineData("fabric=%FF.png")] // no UTF-8
    public async Task Even_signed_there_is_one_way_to_write_a_URL(string last)
    {
        var name = await api.StoreAsync();
        foreach (var target in new[] { $"/k2/{name}/{last}", $"/k2/{name}@1/{last}" })
        {
            var status = await api.StatusAsync(SignedApi.SignRaw(target).Replace(" ", "%20", StringComparison.Ordinal));
            Assert.Equal(403, status);
        }

        foreach (var target in new[] { $"/k2/{name}@01/_.png", $"/k2/{name}@/_.png", $"/k2/{name}@-1/_.png", $"/k2/{name}@1@1/_.png", $"/k2/{name}/x/_.png" })
            Assert.Equal(403, await api.StatusAsync(SignedApi.SignRaw(target)));
    }

    [Fact]
    public async Task However_long_a_URL_is_it_is_refused_before_anything_is_done_for_it()
    {
        var name = await api.StoreAsync();
        foreach (var length in new[] { 7_000, 100_000 })
        {
            var many = string.Join(',', Enumerable.Range(0, length / 10).Select(i => $"a{i:d6}=1"));
            Assert.True(await api.StatusAsync($"/i/{new string('A', 43)}/k2/{name}/text={new string('x', length)}.png") is 403 or 414);
            Assert.True(await api.StatusAsync(SignedApi.SignRaw($"/k2/{name}/fabric={new string('x', length)}.png")) is 422 or 414);
            Assert.True(await api.StatusAsync(SignedApi.SignRaw($"/k2/{name}/{many}.png")) is 422 or 414);
        }

        Assert.Empty((await api.Host.Jobs.ListAsync(new JobQuery { State = JobState.Queued }, default)).Jobs);
    }

    [Fact]
    public async Task Over_is_over()
    {
        var name = await api.StoreAsync();
        using var response = await api.Client.GetAsync(SignedApi.Sign(name, expires: DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 1));
        await response.ProblemAsync(403, "url_expired");
        using var ancient = await api.Client.GetAsync(SignedApi.Sign(name, expires: 0));
        await ancient.ProblemAsync(403, "url_expired");
    }

    [Theory]
    [InlineData("fabric=green", "/fabric")]
    [InlineData("width=100000", "/width")]
    [InlineData("text=x", "/text")]
    [InlineData("width=064", "/width")]
    [InlineData("width=64.0", "/width")]
    [InlineData("ratio=1e0", "/ratio")]
    public async Task What_is_outside_the_template_is_422_and_not_kept(string parameters, string pointer)
    {
        var name = await api.StoreAsync();
        using var response = await api.Client.GetAsync(SignedApi.Sign(name, parameters));
        await response.ProblemAsync(422, "invalid_input", pointer);
        Assert.True(response.Headers.CacheControl!.NoStore);
    }

    [Theory]
    [InlineData("nothing-like-it", null, 404, "template_not_found")]
    [InlineData("...", null, 404, "template_not_found")]
    [InlineData(null, 7, 404, "template_not_found")]
    [InlineData(null, 0, 404, "template_not_found")]
    public async Task What_is_not_there_is_404_and_not_kept(string? name, int? version, int status, string code)
    {
        using var response = await api.Client.GetAsync(SignedApi.Sign(name ?? await api.StoreAsync(), version: version));
        await response.ProblemAsync(status, code);
        Assert.True(response.Headers.CacheControl!.NoStore);
    }

    [Fact]
    public async Task A_template_whose_file_is_gone_is_410_and_not_kept()
    {
        var path = Path.Combine(Path.GetDirectoryName(api.RootFile)!, "going.blend");
        await File.WriteAllBytesAsync(path, FileApi.Blend);
        var name = await api.StoreAsync("""{"engine": "blender", "function": "render", "input": {"file": "root:models/going.blend"} }""");
        File.Delete(path);
        using var response = await api.Client.GetAsync(SignedApi.Sign(name, version: 1));
        await response.ProblemAsync(410, "template_file_gone");
        Assert.True(response.Headers.CacheControl!.NoStore);
    }

    [Fact]
    public async Task A_format_that_is_none_is_406()
    {
        using var response = await api.Client.GetAsync(SignedApi.Sign(await api.StoreAsync(), extension: "exe"));
        await response.ProblemAsync(406, "not_acceptable");
    }
}
