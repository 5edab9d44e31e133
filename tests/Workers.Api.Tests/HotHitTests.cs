using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Workers.Api.Tests.SignedUrls;
using Workers.Api.Tests.Support;
using Workers.Jobs.Configuration;
using Workers.Jobs.Nodes;

namespace Workers.Api.Tests;

/// <summary>With a clock that the tests move, a key of URLs, and an engine whose build is known.</summary>
public sealed class HotApi : ApiFixture
{
    private int made;

    internal SteppedClock Clock { get; } = new();

    private protected override EngineReport[] Engines => [NodeActor.Engine("testcard", NodeActor.Render()) with { Builds = ["b1"] }];

    /// <summary>Reports once more, after Redis forgot everything.</summary>
    internal Task ReportAsync() => Node.ReportAsync(Engines);

    /// <summary>A name that no other test uses.</summary>
    internal string Name() => $"hot{Interlocked.Increment(ref made)}";

    private protected override ServerSettings Change(ServerSettings settings) => settings with { UrlKeys = [new UrlKey("k2", SignedApi.Newer)] };

    private protected override void Add(IServiceCollection services) => services.AddSingleton<TimeProvider>(Clock);
}

/// <summary>A result in memory is answered without Redis: none of its time while it is there, and the whole answer while it is not.</summary>
public sealed class HotHitTests(HotApi api) : IClassFixture<HotApi>
{
    private const string Render = "/v1/engines/testcard/functions/render";
    private const int Hits = 300;

    [Fact]
    public async Task A_hit_costs_no_round_trip_to_Redis()
    {
        foreach (var ask in await WarmAsync())
        {
            Assert.InRange(await CommandsAsync(ask, () => { }), 0, Hits / 5); // What the process does by itself in the same time.
            // The counting sees it when hits do ask.
            Assert.InRange(await CommandsAsync(ask, () => api.Clock.Advance(TimeSpan.FromSeconds(3))), Hits, int.MaxValue);
        }
    }

    [Fact]
    public async Task While_Redis_is_away_what_is_in_memory_is_shown_by_every_request()
    {
        var asks = await WarmAsync();
        api.Redis.Kill9();
        for (var round = 0; round < 3; round++)
        {
            api.Clock.Advance(TimeSpan.FromSeconds(10)); // Everything that is looked after now and then is due.
            foreach (var ask in asks)
                Assert.All(await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ask())), code => Assert.Equal(HttpStatusCode.OK, code));
        }

        using (var unknown = await api.Client.PostJsonAsync(Render, """{"text":"not in memory"}"""))
            await unknown.ProblemAsync(503, "redis_unavailable");
        api.Redis.Restart();
        api.Redis.Stop(); // Silent, not gone.
        try
        {
            api.Clock.Advance(TimeSpan.FromSeconds(10));
            Assert.All(await Task.WhenAll(asks.Select(ask => ask())), code => Assert.Equal(HttpStatusCode.OK, code));
        }
        finally
        {
            api.Redis.Continue();
        }

        await Eventually.HoldsAsync(async () => (await api.Client.GetAsync("/v1/jobs")).IsSuccessStatusCode, "Redis to answer");
        await api.ReportAsync();
    }

    [Fact]
    public async Task What_another_process_made_anew_is_seen_by_signed_URLs_too()
    {
        var name = api.Name();
        var url = await StoreAndSignAsync(name);
        Assert.Equal(HttpStatusCode.OK, await MakeAsync(() => api.Client.GetAsync(url)));
        Assert.Equal(HttpStatusCode.OK, await MemoryAsync(() => api.Client.GetAsync(url)));
        await using var other = await ApiHost.StartAsync(api.Redis.ConnectionString);
        await Eventually.HoldsAsync(
            async () => (await other.Client.GetAsync("/v1/engines/testcard")).IsSuccessStatusCode, "the other process knows the engine");
        byte[] newer = [.. NodeActor.Picture, 1];
        var anew = other.Client.SendAsync(HttpMethod.Post, $"/v1/templates/{name}", ("Cache-Control", "no-cache"), ("Accept", "image/png"));
        await api.Node.CompleteAsync(await api.Node.ClaimAsync(), keeping: new Keeping("b1", null, new Dictionary<string, string>()), content: newer);
        (await anew).Dispose();
        Assert.Equal(NodeActor.Picture, await api.Client.GetByteArrayAsync(url)); // For two seconds at most.
        api.Clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(newer, await api.Client.GetByteArrayAsync(url));
    }

    // A signed URL and a call that waits, each answered from memory by now.
    private async Task<Func<Task<HttpStatusCode>>[]> WarmAsync()
    {
        var name = api.Name();
        var url = await StoreAndSignAsync(name);
        Func<Task<HttpResponseMessage>>[] asks =
            [() => api.Client.GetAsync(url), () => api.Client.PostJsonAsync(Render, $$"""{"text":"{{name}}"}""")];
        foreach (var ask in asks)
        {
            Assert.Equal(HttpStatusCode.OK, await MakeAsync(ask));
            await MemoryAsync(ask);
        }

        return [.. asks.Select<Func<Task<HttpResponseMessage>>, Func<Task<HttpStatusCode>>>(ask => () => MemoryAsync(ask))];
    }

    private async Task<string> StoreAndSignAsync(string name)
    {
        using var stored = await api.Client.SendAsync(new HttpRequestMessage(HttpMethod.Put, "/v1/templates/" + name)
        {
            Content = new StringContent(
                Templates.TemplateApi.CardWith(card => card["parameters"]!["fabric"]!["map"]!["red"] = name), System.Text.Encoding.UTF8, "application/json"),
        });
        Assert.True(stored.IsSuccessStatusCode, await stored.Content.ReadAsStringAsync());
        return SignedApi.Sign(name, version: 1);
    }

    private async Task<HttpStatusCode> MakeAsync(Func<Task<HttpResponseMessage>> ask)
    {
        var call = ask();
        await api.Node.CompleteAsync(await api.Node.ClaimAsync(), keeping: new Keeping("b1", null, new Dictionary<string, string>()));
        using var response = await call;
        return response.StatusCode;
    }

    private static async Task<HttpStatusCode> MemoryAsync(Func<Task<HttpResponseMessage>> ask)
    {
        using var response = await ask();
        if (response.IsSuccessStatusCode)
            Assert.Equal("workers; hit", response.Headers.GetValues("Cache-Status").Single());
        return response.StatusCode;
    }

    private async Task<int> CommandsAsync(Func<Task<HttpStatusCode>> ask, Action before)
    {
        var earlier = Commands();
        for (var i = 0; i < Hits; i++)
        {
            before();
            Assert.Equal(HttpStatusCode.OK, await ask());
        }

        return Commands() - earlier;
    }

    private int Commands() => api.Redis.Command("INFO", "stats").Split('\n')
        .Where(line => line.StartsWith("total_commands_processed:", StringComparison.Ordinal))
        .Select(line => int.Parse(line.AsSpan(line.IndexOf(':') + 1), System.Globalization.CultureInfo.InvariantCulture)).Single();
}
