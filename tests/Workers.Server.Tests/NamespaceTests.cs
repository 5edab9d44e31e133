using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Workers.Testing;

namespace Workers.Server.Tests;

/// <summary>Two APIs and two nodes, each with a network of its own: they reach Redis and S3, and not one another.</summary>
public sealed class NamespaceTests
{
    private const int Port = 8700;
    private static readonly string Key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    [NamespaceFact]
    public async Task A_job_submitted_at_one_api_runs_on_the_others_node_and_is_watched_followed_and_fetched_there()
    {
        var network = new NetworkNamespaces(4);
        try
        {
            await RunAsync(network);
        }
        finally
        {
            network.Dispose();
        }

        Assert.Empty(network.Left());
    }

    private static async Task RunAsync(NetworkNamespaces network)
    {
        using var s3 = S3Server.At(network.HostAddress);
        await using var redis = TestRedis.Start(TestDurability.Always, "--bind", "127.0.0.1", network.HostAddress, "--protected-mode", "no");
        using var folder = new TempFolder();
        var configuration = folder.Below("workers.json");
        await File.WriteAllTextAsync(configuration, Configuration(network, redis, s3).ToJsonString());
        ServerProcess Start(int number, string role, string name, params string[] more) => ServerProcess.LaunchIn(
            network.Names[number], $"http://{network.AddressOf(number)}:{Port}", folder.Below(name),
            ["--role", role, "--node", name, "--config", configuration, "--runtime", folder.Below("run", name), .. more]);
        await using var firstApi = Start(0, "api", "api-1");
        await using var secondApi = Start(1, "api", "api-2");
        await using var firstNode = Start(2, "node", "node-1", "--label", "side=1");
        await using var secondNode = Start(3, "node", "node-2", "--label", "side=2");
        foreach (var api in new[] { firstApi, secondApi })
        {
            api.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
            await api.BecomesReadyAsync();
        }

        foreach (var (here, there, node, side) in new[] { (firstApi, secondApi, "node-2", "2"), (secondApi, firstApi, "node-1", "1") })
            await SubmitHereAndFetchThereAsync(here, there, node, side);
        foreach (var server in new[] { firstApi, secondApi, firstNode, secondNode })
            Assert.Equal(0, await server.StopAsync());
    }

    private static async Task SubmitHereAndFetchThereAsync(ServerProcess here, ServerProcess there, string node, string side)
    {
        var asset = await here.UploadAsync(RandomNumberGenerator.GetBytes(200_000), "a.bin");
        void ThatNode(JsonObject envelope) => envelope["requires"] = new JsonObject { ["side"] = side };
        var card = await here.SubmitAsync("testcard", "render", new JsonObject { ["file"] = asset, ["width"] = 64, ["height"] = 64 }, ThatNode);
        // Above 64 KB, which goes to S3 before its job succeeds; it says something, so that there is a log.
        var large = await here.SubmitAsync(
            "testcard", "fault", new JsonObject { ["kind"] = "big_json", ["amount"] = 300, ["seconds"] = 1 }, ThatNode);
        var log = there.Http.GetStringAsync($"/v1/jobs/{large}/log?follow=true");
        foreach (var id in new[] { card, large })
        {
            var events = new List<SseEvent>();
            await foreach (var item in SseReader.ReadAsync(there.Http, $"/v1/jobs/{id}/events", null))
                events.Add(item);
            Assert.Equal(
                ["queued", "started", "artifact", "succeeded"], events.Select(item => item.Type).Where(type => type is not ("progress" or "snapshot")));
            Assert.Equal(node, (string?)JsonNode.Parse(events.Single(item => item.Type == "started").Data)!["node"]);
            var artifact = Assert.Single((await there.GetAsync($"/v1/jobs/{id}"))["artifacts"]!.AsArray())!;
            var bytes = await there.Http.GetByteArrayAsync((string)artifact["url"]!);
            Assert.Equal((string?)artifact["asset"], "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes)));
            Assert.Equal((int?)artifact["size"], bytes.Length);
        }

        Assert.Contains("testcard: fault big_json", await log.WithinLimitAsync(), StringComparison.Ordinal);
    }

    private static JsonObject Configuration(NetworkNamespaces network, TestRedis redis, S3Server s3) => new()
    {
        ["redis"] = $"{network.HostAddress}:{redis.Port}",
        ["s3"] = new JsonObject { ["endpoint"] = s3.Endpoint, ["bucket"] = S3Server.Bucket },
        // An address that others reach needs a key.
        ["keys"] = new JsonArray(new JsonObject
        {
            ["name"] = "tester", ["role"] = "admin", ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Key))),
        }),
        ["hosts"] = new JsonArray(network.AddressOf(0), network.AddressOf(1)),
        ["engines"] = new JsonObject
        {
            ["blender"] = null, ["plot"] = null, ["testcard"] = new JsonObject { ["workers"] = 1, ["faults"] = true },
        },
    };
}

/// <summary>A test that needs network namespaces and the S3-speaking server; skipped aloud where either is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NamespaceFactAttribute : FactAttribute
{
    /// <summary>Looks for both.</summary>
    public NamespaceFactAttribute() => Skip = S3Server.Missing ?? NetworkNamespaces.Missing;
}
