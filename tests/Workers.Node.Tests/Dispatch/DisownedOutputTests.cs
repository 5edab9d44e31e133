using Workers.Jobs;
using Workers.Jobs.Assets;

namespace Workers.Node.Tests.Dispatch;

/// <summary>What an attempt stores whose lease is another's by then is found by the sweep of unused blobs.</summary>
public sealed class DisownedOutputTests
{
    [Fact]
    public async Task A_large_output_of_a_lost_attempt_is_deleted_as_what_is_unused_is()
    {
        using var redis = TestRedis.Start(TestDurability.None);
        using var functions = new TempFolder();
        // Silent while it runs: whoever tells progress hears sooner that its lease is lost.
        await File.WriteAllTextAsync(functions.Below("large.py"), """
            import os, time
            from workers_kit import current_call, function

            @function
            def large() -> None:
                time.sleep(0.3)
                with open(current_call().output("large.bin"), "wb") as target:
                    target.write(os.urandom(300_000))
            """);
        await using var node = await NodeServer.StartAsync(redis, NodeHarness.Testcard with { Functions = [functions.FullPath] });
        var stored = await StoreForNothingAsync(node, redis);
        var registry = node.Get<AssetRegistry>();
        Assert.Null(await registry.FindAsync(stored, touch: false, CancellationToken.None));
        await Eventually.HoldsAsync(() => node.Attempts.All.Count == 0, "the attempt is over");

        var marked = await registry.MarkUnusedAsync(TimeSpan.Zero, 10, CancellationToken.None);
        Assert.Equal([stored], marked);
        await node.Blobs.DeleteAsync(stored, CancellationToken.None);
        await registry.UnmarkAsync(stored, CancellationToken.None);
        Assert.Empty(Blobs(node));
        Assert.Equal("0", redis.Command("ZCARD", "{workers}:assets"));
    }

    // Its job is forgotten while it runs. A renewal in that moment would stop it before it stores anything: then another is tried.
    private static async Task<string> StoreForNothingAsync(NodeServer node, TestRedis redis)
    {
        for (var tries = 1; ; tries++)
        {
            var id = await node.SubmitAsync("large", []);
            await node.UntilAsync(id, JobState.Running);
            redis.Command("DEL", "{workers}:job:" + id);
            await Eventually.HoldsAsync(() => node.Attempts.All.Count == 0, "the attempt is over");
            if (Blobs(node) is [var file])
                return Path.GetFileName(file);
            Assert.InRange(tries, 1, 5);
        }
    }

    private static string[] Blobs(NodeServer node) => Directory.GetFiles(Path.Combine(node.BlobFolder, "sha256"), "*", SearchOption.AllDirectories);
}
