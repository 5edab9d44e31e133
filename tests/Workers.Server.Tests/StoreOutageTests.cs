using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Workers.Testing;

namespace Workers.Server.Tests;

/// <summary>The S3 store goes away under a running server and comes back.</summary>
public sealed class StoreOutageTests
{
    [S3Fact]
    public async Task While_S3_is_down_uploads_hear_so_and_attempts_are_tried_again_until_it_is_back()
    {
        using var s3 = new S3Server();
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.Below("workers.json"), Configuration(s3).ToJsonString());
        await using var server = await ServerProcess.StartAsync(folder.Below("data"), "--config", folder.Below("workers.json"));
        await server.EngineIsAvailableAsync("testcard");
        var file = RandomNumberGenerator.GetBytes(100_000);
        var before = await server.UploadAsync(file, "before.bin");

        s3.Kill();
        using var body = new ByteArrayContent(RandomNumberGenerator.GetBytes(1_000));
        using var refused = await server.Http.PostAsync("/v1/assets?filename=meanwhile.bin", body);
        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, "store_unavailable"),
            (refused.StatusCode, (string?)(await refused.Content.ReadFromJsonAsync<JsonObject>())!["code"]));
        Assert.NotNull(refused.Headers.RetryAfter?.Delta);

        // A small output does not need it yet; a large one does; a file that was read before is still here.
        var small = await server.EndAsync(await server.SubmitAsync("testcard", "render", new JsonObject { ["file"] = before, ["width"] = 16, ["height"] = 16 }));
        Assert.Equal("succeeded", (string?)small["state"]);
        Assert.NotEmpty(await server.Http.GetByteArrayAsync((string)small["artifacts"]![0]!["url"]!));
        var large = await server.SubmitAsync(
            "testcard", "fault", new JsonObject { ["kind"] = "big_json", ["amount"] = 200 }, envelope => envelope["maxAttempts"] = 10);
        await Eventually.HoldsAsync(
            async () => (await server.GetAsync($"/v1/jobs/{large}"))["attempts"]!.AsArray() is [{ } first, ..] && first["failure"] is not null, "an attempt failed");

        s3.Start();
        var job = await server.EndAsync(large);
        Assert.Equal(("succeeded", "store_failed"), ((string?)job["state"], (string?)job["attempts"]![0]!["failure"]!["kind"]));
        var bytes = await server.Http.GetByteArrayAsync((string)job["artifacts"]![0]!["url"]!);
        Assert.Equal((string?)job["artifacts"]![0]!["asset"], "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes)));
        var hexes = new[] { small, job }.Select(done => ((string)done["artifacts"]![0]!["asset"]!)["sha256:".Length..]);
        await Eventually.HoldsAsync(
            () => hexes.All(hex => s3.Files.Any(path => path.Contains(hex, StringComparison.Ordinal))), "both outputs are in the bucket");
        await server.UploadAsync(RandomNumberGenerator.GetBytes(1_000), "after.bin");
    }

    private static JsonObject Configuration(S3Server s3) => new()
    {
        ["s3"] = new JsonObject { ["endpoint"] = s3.Endpoint, ["bucket"] = S3Server.Bucket },
        ["engines"] = new JsonObject
        {
            ["blender"] = null, ["plot"] = null, ["testcard"] = new JsonObject { ["workers"] = 1, ["faults"] = true },
        },
    };
}

/// <summary>A test that needs the S3-speaking server; skipped where it isn't installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class S3FactAttribute : FactAttribute
{
    /// <summary>Looks for it.</summary>
    public S3FactAttribute() => Skip = S3Server.Missing;
}
