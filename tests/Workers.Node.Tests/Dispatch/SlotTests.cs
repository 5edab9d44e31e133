using System.Text.Json.Nodes;

namespace Workers.Node.Tests.Dispatch;

/// <summary>Each worker of a pool may get a device of its own.</summary>
public sealed class SlotTests
{
    [Fact]
    public async Task A_variable_may_hold_the_workers_number()
    {
        using var functions = new TempFolder();
        await File.WriteAllTextAsync(functions.Below("device.py"), """
            import os, time
            from workers_kit import function

            @function
            def device() -> str:
                time.sleep(0.3)
                return os.environ["DEVICE"]
            """);
        await using var redis = new TestRedis();
        await using var node = await NodeServer.StartAsync(redis, NodeHarness.Testcard with
        {
            Workers = 2,
            Functions = [functions.FullPath],
            Environment = new Dictionary<string, string> { ["DEVICE"] = "cuda:${slot}" },
        });
        var ids = new List<string>();
        for (var number = 0; number < 4; number++)
            ids.Add(await node.SubmitAsync("device", new JsonObject()));
        var answers = new HashSet<(string?, string?)>();
        foreach (var id in ids)
            {
            var job = await node.EndAsync(id);
            answers.Add((job.Attempts[0].Worker, (string?)job.Result!.Output));
        }
        Assert.Equal([("testcard-1", "cuda:0"), ("testcard-2", "cuda:1")], answers.Order());
    }
}
