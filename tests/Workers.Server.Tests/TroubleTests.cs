using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Workers.Testing;

namespace Workers.Server.Tests;

/// <summary>Workers that do not start, jobs that nobody starts: what a real server shows and answers.</summary>
public sealed class TroubleTests
{
    [Fact]
    public async Task A_quarantined_worker_is_seen_at_workers_readyz_status_and_metrics_and_may_be_started_by_hand()
    {
        using var folder = new TempFolder();
        await using var server = ServerProcess.Launch(folder.FullPath, Configuration(folder, new JsonObject
        {
            ["workers"] = 1, ["faults"] = true, ["environment"] = new JsonObject { ["WORKERS_FAULT_START"] = "exit" },
        }));
        JsonNode? worker = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                worker = (await TryGetAsync(server, "/v1/workers"))?["workers"]!.AsArray().SingleOrDefault();
                return (string?)worker?["state"] == "quarantined";
            },
            "the worker is quarantined");
        Assert.Contains("7", (string?)worker!["lastFailure"], StringComparison.Ordinal); // Its exit code.
        Assert.Equal(4, (int?)worker["restarts"]);

        await Eventually.HoldsAsync(
            async () =>
            {
                using var ready = await server.Http.GetAsync("/readyz");
                var missing = (string?)(await ready.Content.ReadFromJsonAsync<JsonObject>())!["missing"]![0];
                return ready.StatusCode == HttpStatusCode.ServiceUnavailable && missing!.Contains("quarantined", StringComparison.Ordinal);
            },
            "readiness names the quarantine");
        var status = await server.GetAsync("/v1/status");
        Assert.Contains(status["reasons"]!.AsArray(), reason => ((string)reason!).StartsWith("Worker '", StringComparison.Ordinal));
        Assert.Equal(("down", 1), ((string?)status["status"], (int?)status["workers"]!["quarantined"]));
        Assert.Contains(
            "workers_pool_workers{engine=\"testcard\",state=\"quarantined\"} 1\n", await server.Http.GetStringAsync("/metrics"), StringComparison.Ordinal);

        using var recycled = await server.Http.PostAsync($"/v1/workers/{worker["id"]}/recycle", null);
        Assert.Equal(HttpStatusCode.Accepted, recycled.StatusCode);
        await Eventually.HoldsAsync(
            async () => (int?)(await server.GetAsync("/v1/workers"))["workers"]![0]!["restarts"] > 4, "it was started again at once");
    }

    [Fact]
    public async Task A_job_that_is_not_started_in_time_fails_without_an_attempt_and_its_call_hears_so()
    {
        using var folder = new TempFolder();
        await using var server = await ServerProcess.StartAsync(folder.FullPath, Configuration(folder, new JsonObject { ["workers"] = 1 }));
        await server.EngineIsAvailableAsync("testcard");
        var busy = await server.SubmitAsync("testcard", "render", new JsonObject { ["width"] = 8, ["height"] = 8, ["seconds"] = 60 });
        await Eventually.HoldsAsync(async () => (string?)(await server.GetAsync($"/v1/jobs/{busy}"))["state"] == "running", "the worker is busy");

        var late = await server.EndAsync(await server.SubmitAsync(
            "testcard", "render", new JsonObject { ["width"] = 8, ["height"] = 8 }, envelope => envelope["queueTimeoutSeconds"] = 0.2));
        Assert.Equal(
            ("failed", "queue_timeout", true, 0),
            ((string?)late["state"], (string?)late["failure"]!["kind"], (bool?)late["failure"]!["retryable"], late["attempts"]!.AsArray().Count));

        // In time it is not ended, whatever it takes then.
        var patient = await server.SubmitAsync(
            "testcard", "render", new JsonObject { ["width"] = 8, ["height"] = 8, ["seconds"] = 2.5 }, envelope => envelope["queueTimeoutSeconds"] = 2);
        (await server.Http.PostAsync($"/v1/jobs/{busy}/cancel", null)).EnsureSuccessStatusCode();
        Assert.Equal("succeeded", (string?)(await server.EndAsync(patient))["state"]);
        await server.EndAsync(busy);
    }

    private static string[] Configuration(TempFolder folder, JsonObject testcard)
    {
        var engines = new JsonObject { ["blender"] = null, ["plot"] = null, ["testcard"] = testcard };
        File.WriteAllText(folder.Below("workers.json"), new JsonObject { ["engines"] = engines }.ToJsonString());
        return ["--config", folder.Below("workers.json")];
    }

    private static async Task<JsonObject?> TryGetAsync(ServerProcess server, string path)
    {
        try
        {
            using var reply = await server.Http.GetAsync(path);
            return reply.IsSuccessStatusCode ? await reply.Content.ReadFromJsonAsync<JsonObject>() : null;
        }
        catch (HttpRequestException)
        {
            return null; // It is not listening yet.
        }
    }
}
