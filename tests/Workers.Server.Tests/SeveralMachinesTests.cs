using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Workers.Testing;

namespace Workers.Server.Tests;

/// <summary>Processes that share a Redis and a bucket, and neither folder nor anything else: what several machines are to each other.</summary>
public sealed class SeveralMachinesTests
{
    [Fact]
    public async Task A_job_submitted_at_one_machine_runs_on_another_and_is_fetched_from_a_third()
    {
        if (S3Server.Missing is not null)
            return; // The S3 store's own tests say so aloud.
        using var s3 = new S3Server();
        await using var redis = TestRedis.Start(TestDurability.Always);
        using var folder = new TempFolder();
        var configuration = folder.Below("workers.json");
        await File.WriteAllTextAsync(configuration, Configuration(s3).ToJsonString());
        string[] Role(string role, string name) =>
            ["--role", role, "--node", name, "--redis", redis.ConnectionString, "--config", configuration, "--runtime", folder.Below("run", name)];
        await using var first = ServerProcess.Launch(folder.Below("a"), Role("api", "a"));
        await using var node = ServerProcess.Launch(folder.Below("b"), Role("node", "b"));
        await using var third = ServerProcess.Launch(folder.Below("c"), Role("api", "c"));
        await first.BecomesReadyAsync();
        await third.BecomesReadyAsync();

        var file = RandomNumberGenerator.GetBytes(100_000);
        using var uploaded = await first.Http.PostAsync("/v1/assets?filename=a.bin", new ByteArrayContent(file));
        var asset = (string)JsonNode.Parse(await uploaded.Content.ReadAsStringAsync())!["asset"]!;
        var id = await first.SubmitAsync("testcard", "render", new JsonObject { ["file"] = asset, ["width"] = 700, ["height"] = 700 });
        Assert.Equal("succeeded", (string?)(await third.EndAsync(id))["state"]);
        var events = new List<string>();
        await foreach (var item in SseReader.ReadAsync(third.Http, $"/v1/jobs/{id}/events", null))
            events.Add(item.Type);
        Assert.Equal(["queued", "started", "artifact", "succeeded"], events.Where(type => type is not ("progress" or "snapshot")));

        using var result = await third.Http.GetAsync($"/v1/jobs/{id}/result");
        var picture = await result.Content.ReadAsByteArrayAsync();
        Assert.Equal("image/png", result.Content.Headers.ContentType?.MediaType);
        var hex = Convert.ToHexStringLower(SHA256.HashData(picture));
        Assert.EndsWith(hex, result.Content.Headers.ContentLocation?.ToString(), StringComparison.Ordinal);
        Assert.Contains(s3.Files, path => path.Contains(hex, StringComparison.Ordinal));
        Assert.Equal(file, await third.Http.GetByteArrayAsync("/v1/assets/sha256/" + asset["sha256:".Length..]));
    }

    private static JsonObject Configuration(S3Server s3) => new()
    {
        ["s3"] = new JsonObject { ["endpoint"] = s3.Endpoint, ["bucket"] = S3Server.Bucket },
        ["engines"] = new JsonObject { ["blender"] = null, ["plot"] = null, ["testcard"] = new JsonObject { ["workers"] = 1 } },
    };
}
