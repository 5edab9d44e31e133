using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Workers.Api.Caching;
using Workers.Api.Tests.Support;
using Workers.Jobs.Configuration;
using Workers.Jobs.Nodes;

namespace Workers.Api.Tests;

/// <summary>With an engine whose build is known, and a root.</summary>
public sealed class CachingApi : ApiFixture
{
    internal TempFolder Root { get; } = new();

    private protected override EngineReport[] Engines => Of("b1");

    internal static EngineReport[] Of(params string[] builds)
    {
        var file = NodeActor.FileRender() with { FileTypes = [] };
        return
        [
            NodeActor.Engine("testcard", NodeActor.Render(), NodeActor.Inspect()) with { Builds = builds },
            NodeActor.Engine("blender", file, NodeActor.Render() with { Name = "other" }, NodeActor.Render() with { Name = "again" }) with { Builds = builds },
        ];
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        Root.Dispose();
    }

    private protected override ServerSettings Change(ServerSettings settings) =>
        settings with { Roots = new Dictionary<string, string> { ["models"] = Root.FullPath }, Cache = settings.Cache with { NegativeSeconds = 1 } };
}

/// <summary>Keys, and what this process answers from its memory.</summary>
public sealed class CacheTests(CachingApi api) : IClassFixture<CachingApi>, IAsyncLifetime
{
    private const string Render = "/v1/engines/testcard/functions/render";
    private const string FileRender = "/v1/engines/blender/functions/render";
    private static readonly Dictionary<string, string> NoReads = [];
    private static readonly (string, string)[] OfALook = [("If-None-Match", "*"), ("Range", "bytes=0-1")]; // A POST is none: they do not count.

    public Task InitializeAsync() => CancelAllAsync();

    public Task DisposeAsync() => CancelAllAsync();

    [Fact]
    public async Task The_same_call_however_it_is_written_is_the_same_job_and_each_difference_makes_another()
    {
        await File.WriteAllTextAsync(api.Root.Below("a.blend"), "one");
        await File.WriteAllTextAsync(api.Root.Below("b.blend"), "one");
        const string Input = """{"text":"key","ratio":1.5,"set":{"x":1,"y":2}}""";
        var first = await JobAsync(Render, Input);
        foreach (var same in new[]
        {
            """{"set":{"y":2,"x":1},"ratio":1.50,"text":"key"}""", """{"text":"key","ratio":15e-1,"set":{"x":1,"y":2},"width":64,"format":"png"}""",
        })
            Assert.Equal(first, await JobAsync(Render, same));
        Assert.Equal(await JobAsync(Render, "{}"), await JobAsync(Render, """{"text":null}"""));
        Assert.Equal(await JobAsync(Render, """{"ratio":2}"""), await JobAsync(Render, """{"ratio":2.0}"""));

        List<string> all = [first, await JobAsync(Render, "{}")];
        foreach (var (path, input) in new[]
        {
            (Render, """{"text":"key","ratio":1.5,"set":{"x":1.0,"y":2}}"""), // What no schema types: 1 and 1.0 may be two things.
            (Render, """{"text":"key","ratio":1.5,"set":{"x":2,"y":1}}"""), (Render, """{"text":"kez","ratio":1.5,"set":{"x":1,"y":2}}"""),
            (Render, """{"text":"key","ratio":1.25,"set":{"x":1,"y":2}}"""), (Render, """{"text":"key","ratio":1.5}"""),
            (Render, """{"width":65}"""), (Render, """{"format":"jpeg"}"""), (Render, """{"ratio":1e-10}"""), (Render, """{"ratio":1e-11}"""),
            (Render + "?timeoutSeconds=99", "{}"), // Not another result, but another patience.
            ("/v1/engines/blender/functions/other", "{}"), ("/v1/engines/blender/functions/again", "{}"), // The same input to other functions.
            (FileRender, """{"file":"root:models/a.blend"}"""), (FileRender, """{"file":"root:models/b.blend"}"""),
        })
            all.Add(await JobAsync(path, input));
        Assert.Equal(all[^2], await JobAsync(FileRender, """{"file":"root:models/a.blend"}"""));
        await File.WriteAllTextAsync(api.Root.Below("a.blend"), "two"); // The same size.
        all.Add(await JobAsync(FileRender, """{"file":"root:models/a.blend"}"""));
        await api.Node.ReportAsync(CachingApi.Of("b2"));
        all.Add(await JobAsync(Render, "{}"));
        await api.Node.ReportAsync(CachingApi.Of("b1"));
        Assert.Equal(all.Count, all.Distinct().Count());
        Assert.Equal(all[1], await JobAsync(Render, "{}"));
    }

    [Theory]
    [InlineData("builds-differ", "b1", "b2")]
    [InlineData("source-unknown", "")]
    [InlineData("no-worker")]
    public async Task Without_one_known_build_nothing_is_looked_up_or_stored(string detail, params string[] builds)
    {
        await api.Node.ReportAsync(CachingApi.Of(builds));
        for (var i = 0; i < 2; i++)
        {
            var call = api.Client.PostJsonAsync(Render, """{"text":"doubt"}""");
            var job = await api.Node.RunOneAsync();
            using var response = await call;
            Assert.Equal($"workers; fwd=bypass; detail=\"{detail}\"", response.Headers.GetValues("Cache-Status").Single());
            Assert.Null(job.Caching);
        }

        await api.Node.ReportAsync(CachingApi.Of("b1"));
    }

    [Fact]
    public async Task A_small_result_is_answered_from_memory_as_long_as_build_and_files_are_what_they_were()
    {
        var wood = api.Root.Below("wood.png");
        await File.WriteAllTextAsync(wood, "wood");
        await Task.Delay(50); // A file is trusted once it has been as it is for longer than the clock's tick.
        var reads = new Dictionary<string, string> { ["root:models/wood.png"] = Digest("wood") };
        var job = await MakeAsync("""{"text":"hot"}""", new Keeping("b1", null, reads));
        var key = new CacheKey(job.Caching!.Key, "testcard", "b1", NoReads);
        var cache = api.Host.Services.GetRequiredService<RenderCache>();
        Assert.Null(cache.TryGetHot(key)); // Nobody has asked again so far.
        using (var hit = await api.Client.PostJsonAsync(Render, """{"text":"hot"}""", OfALook))
        {
            Assert.Equal("workers; hit", hit.Headers.GetValues("Cache-Status").Single());
            Assert.Equal(NodeActor.Picture, await hit.Content.ReadAsByteArrayAsync());
        }

        await Eventually.HoldsAsync(() => cache.TryGetHot(key) is not null, "it is in memory");
        using (var hot = await api.Client.PostJsonAsync(Render, """{"text":"hot"}""", OfALook))
        {
            Assert.Equal((HttpStatusCode.OK, "image/png", job.Id),
                (hot.StatusCode, hot.Content.Headers.ContentType?.MediaType, hot.Headers.GetValues("Job-Id").Single()));
            Assert.Equal(NodeActor.Picture, await hot.Content.ReadAsByteArrayAsync());
            Assert.Equal($"\"{AssetId.Hex(job.Result!.Artifacts[0].Asset)}\"", hot.Headers.ETag!.Tag);
            Assert.Equal(["Prefer", "Accept"], hot.Headers.Vary);
            Assert.Contains("sandbox", hot.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        }

        Assert.Null(cache.TryGetHot(key with { Build = "b2" }));
        Assert.Null(cache.TryGetHot(key with { Files = new Dictionary<string, string> { ["root:models/gone.png"] = Digest("") } }));
        await File.WriteAllTextAsync(wood, "oak!");
        Assert.Null(cache.TryGetHot(key));
        Assert.Null(cache.TryGetHot(key));
        Assert.Contains("workers_cache_requests_total{result=\"hit", await api.Client.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_large_result_is_a_hit_that_memory_does_not_hold_and_JSON_is_stored_like_pictures()
    {
        var large = new byte[HotResults.Largest + 1];
        Random.Shared.NextBytes(large);
        var job = await MakeAsync("""{"text":"large"}""", new Keeping("b1", null, NoReads), content: large);
        using var hit = await api.Client.PostJsonAsync(Render, """{"text":"large"}""");
        Assert.Equal(("workers; hit", large.Length), (hit.Headers.GetValues("Cache-Status").Single(), (int)hit.Content.Headers.ContentLength!));
        Assert.Equal(large, await hit.Content.ReadAsByteArrayAsync());
        Assert.Null(api.Host.Services.GetRequiredService<HotResults>().Find(job.Caching!.Key));

        await MakeAsync("""{"text":"json"}""", new Keeping("b1", null, NoReads), picture: false);
        using var json = await api.Client.PostJsonAsync(Render, """{"text":"json"}""");
        Assert.Equal(("application/json", "{\"made\":1}"), (json.Content.Headers.ContentType?.MediaType, await json.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task A_stored_result_whose_bytes_are_lost_is_made_anew()
    {
        var large = new byte[HotResults.Largest + 2];
        var job = await MakeAsync("""{"text":"lost"}""", new Keeping("b1", null, NoReads), content: large);
        await api.Host.Blobs.DeleteAsync(AssetId.Hex(job.Result!.Artifacts[0].Asset), default);
        var anew = await MakeAsync("""{"text":"lost"}""", new Keeping("b1", null, NoReads));
        Assert.NotEqual(job.Id, anew.Id);
    }

    // Claims and ends the job of a call, and gives it as it is then.
    private async Task<Job> MakeAsync(string input, Keeping keeping, byte[]? content = null, bool picture = true)
    {
        var call = api.Client.PostJsonAsync(Render, input);
        var claimed = await api.Node.ClaimAsync();
        await api.Node.CompleteAsync(
            claimed, picture ? null : new System.Text.Json.Nodes.JsonObject { ["made"] = 1 }, picture, keeping, content);
        using var response = await call;
        Assert.Equal("workers; fwd=miss; stored", response.Headers.GetValues("Cache-Status").Single());
        return (await api.Host.Jobs.FindAsync(claimed.Job.Id, default))!;
    }

    private async Task<string> JobAsync(string path, string input)
    {
        using var response = await api.Client.PostJsonAsync(path, input, ("Prefer", "respond-async"));
        Assert.True(response.StatusCode == HttpStatusCode.Accepted, await response.Content.ReadAsStringAsync());
        return response.Headers.GetValues("Job-Id").Single();
    }

    private async Task CancelAllAsync()
    {
        foreach (var job in (await api.Host.Jobs.ListAsync(new JobQuery { State = JobState.Queued, PageSize = 100 }, default)).Jobs)
            await api.Host.Jobs.CancelAsync(job.Id, "by test", default);
    }

    private static string Digest(string text) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));
}
