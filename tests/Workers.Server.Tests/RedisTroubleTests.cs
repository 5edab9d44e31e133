using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Workers.Testing;

namespace Workers.Server.Tests;

/// <summary>A Redis that answers and cannot: full, or a replica since a moment ago. Real servers, real workers.</summary>
public sealed class RedisTroubleTests
{
    private const int Acknowledged = 6;

    [Fact]
    public async Task A_full_Redis_takes_nothing_new_works_off_what_it_has_and_takes_again_when_there_is_room()
    {
        await using var redis = TestRedis.Start(TestDurability.Always);
        using var folder = new TempFolder();
        await using var server = await StartAsync(redis, folder);
        var ids = await FillAsync(server);
        redis.Command("CONFIG", "SET", "maxmemory", "1");
        await RefusesAsync(server, "OOM");
        foreach (var id in ids)
            await SucceededOnceAsync(server, id); // Room is made by ending what is there.
        await RefusesAsync(server, "OOM");
        redis.Command("CONFIG", "SET", "maxmemory", "0");
        await TakesAgainAsync(server);
    }

    [Fact]
    public async Task A_Redis_that_became_a_replica_takes_nothing_what_runs_goes_on_and_is_told_when_it_is_primary_again()
    {
        await using var redis = TestRedis.Start(TestDurability.Always);
        using var folder = new TempFolder();
        await using var server = await StartAsync(redis, folder);
        var ids = await FillAsync(server);
        redis.Command("REPLICAOF", "127.0.0.1", "1");
        await RefusesAsync(server, "READONLY");
        // Long enough for the call that runs to end while nobody can be told.
        await Eventually.HoldsAsync(() => server.Output.Contains("waits for Redis", StringComparison.Ordinal), "the end of the running job waits");
        redis.Command("REPLICAOF", "NO", "ONE");
        foreach (var id in ids)
            await SucceededOnceAsync(server, id);
        Assert.Single((await server.GetAsync($"/v1/jobs/{ids[0]}"))["attempts"]!.AsArray());
        await TakesAgainAsync(server);
    }

    private static async Task<ServerProcess> StartAsync(TestRedis redis, TempFolder folder)
    {
        var engines = new JsonObject { ["blender"] = null, ["plot"] = null, ["testcard"] = new JsonObject { ["workers"] = 1 } };
        await File.WriteAllTextAsync(folder.Below("workers.json"), new JsonObject { ["engines"] = engines }.ToJsonString());
        var server = await ServerProcess.StartAsync(
            folder.Below("data"), "--role", "all", "--redis", redis.ConnectionString, "--config", folder.Below("workers.json"));
        await server.EngineIsAvailableAsync("testcard");
        return server;
    }

    // One runs, the others wait behind it.
    private static async Task<string[]> FillAsync(ServerProcess server)
    {
        var ids = new string[Acknowledged];
        for (var number = 0; number < Acknowledged; number++)
            ids[number] = await server.SubmitAsync("testcard", "render", Card(number, number == 0 ? 2 : 0.01));
        await Eventually.HoldsAsync(async () => (string?)(await server.GetAsync($"/v1/jobs/{ids[0]}"))["state"] == "running", "the first runs");
        return ids;
    }

    private static JsonObject Card(int seed, double seconds) => new() { ["width"] = 16, ["height"] = 16, ["seed"] = seed, ["seconds"] = seconds };

    private static async Task RefusesAsync(ServerProcess server, string code)
    {
        var envelope = new JsonObject { ["engine"] = "testcard", ["function"] = "render", ["input"] = Card(99, 0) };
        using var refused = await server.Http.PostAsJsonAsync("/v1/jobs", envelope);
        var problem = (await refused.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, "redis_unavailable", true),
            (refused.StatusCode, (string?)problem["code"], (bool?)problem["retryable"]));
        Assert.NotNull(refused.Headers.RetryAfter?.Delta);
        await Eventually.HoldsAsync(
            async () =>
            {
                using var ready = await server.Http.GetAsync("/readyz");
                return ready.StatusCode == HttpStatusCode.ServiceUnavailable
                    && (await ready.Content.ReadAsStringAsync()).Contains(code, StringComparison.Ordinal);
            },
            $"readiness says {code}");
        Assert.Equal(HttpStatusCode.OK, (await server.Http.GetAsync("/livez")).StatusCode);
    }

    private static async Task TakesAgainAsync(ServerProcess server)
    {
        await server.BecomesReadyAsync();
        await SucceededOnceAsync(server, await server.SubmitAsync("testcard", "render", Card(100, 0)));
    }

    private static async Task SucceededOnceAsync(ServerProcess server, string id)
    {
        Assert.Equal("succeeded", (string?)(await server.EndAsync(id))["state"]);
        var events = new List<string>();
        await foreach (var item in SseReader.ReadAsync(server.Http, $"/v1/jobs/{id}/events", null))
            events.Add(item.Type);
        Assert.Single(events, "succeeded");
    }
}
