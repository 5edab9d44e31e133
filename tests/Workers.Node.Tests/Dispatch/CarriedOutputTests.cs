using System.Text.Json.Nodes;
using Workers.Jobs;
using Workers.Jobs.Assets;

namespace Workers.Node.Tests.Dispatch;

/// <summary>Small outputs come to the blob store after their job's end, whoever brings them.</summary>
public sealed class CarriedOutputTests
{
    [Fact]
    public async Task A_small_output_can_be_read_at_once_and_comes_to_the_blob_store()
    {
        using var redis = TestRedis.Start(TestDurability.None);
        await using var node = await NodeServer.StartAsync(redis);
        var job = await node.EndAsync(await node.SubmitAsync("render", new JsonObject { ["width"] = 16, ["height"] = 16, ["seed"] = 5 }));
        var hex = AssetId.Hex(job.Result!.Artifacts[0].Asset);
        await using (var picture = await node.Blobs.OpenAsync(hex, default))
            Assert.Equal(job.Result.Artifacts[0].Size, picture!.Length);
        await ArrivesAsync(node, hex);
    }

    [Fact]
    public async Task What_a_node_left_in_redis_the_next_one_carries_on()
    {
        using var redis = TestRedis.Start(TestDurability.None);
        string hex;
        await using (var first = await NodeServer.StartAsync(redis))
        {
            var job = await first.EndAsync(await first.SubmitAsync("render", new JsonObject { ["width"] = 16, ["height"] = 16, ["seed"] = 6 }));
            hex = AssetId.Hex(job.Result!.Artifacts[0].Asset);
            await ArrivesAsync(first, hex);
        }

        redis.Command("SET", "{workers}:asset:" + hex + ":bytes", "left behind");
        redis.Command("ZADD", "{workers}:arriving", "1", hex);
        await using var second = await NodeServer.StartAsync(redis, node: "n2");
        await Eventually.HoldsAsync(
            async () => (await second.Get<ArrivingBytes>().OldestAsync(TimeSpan.Zero, 1, default)).Count == 0, "nothing is left behind");
        Assert.Single(Directory.GetFiles(Path.Combine(second.BlobFolder, "sha256"), "*", SearchOption.AllDirectories));
    }

    private static async Task ArrivesAsync(NodeServer node, string hex)
    {
        var arriving = node.Get<ArrivingBytes>();
        await Eventually.HoldsAsync(async () => !await arriving.HasAsync(hex, default), "Redis forgot the bytes");
        Assert.Empty(await arriving.OldestAsync(TimeSpan.Zero, 10, default));
        Assert.True(File.Exists(Path.Combine(node.BlobFolder, "sha256", hex[..2], hex)));
    }
}
