using System.Diagnostics;
using System.Text.Json.Nodes;
using Workers.Jobs;
using Workers.Jobs.Templates;
using Workers.Jobs.Warmth;
using Workers.Node.Tests.Dispatch;

namespace Workers.Node.Tests.Warmth;

/// <summary>Idle workers open the files that templates want kept open, whatever happens to them, and no job waits for it.</summary>
public sealed class WarmKeeperTests
{
    private const string File = "root:models/chair.txt";

    [Fact]
    public async Task Idle_workers_open_it_and_those_that_crashed_or_were_replaced_open_it_again()
    {
        await using var redis = new TestRedis();
        await using var node = await NodeServer.StartAsync(redis, NodeHarness.Testcard with { Workers = 2 });
        node.Model("chair.txt", "a chair");
        await WantAsync(node, 5, File); // More than there are.
        await HoldAsync(node, 2);
        var job = await node.EndAsync(await node.SubmitAsync("render", new JsonObject { ["file"] = File, ["width"] = 8 }));
        Assert.Equal("file", job.Result!.Warm);
        Assert.All(node.Pool.ReportWorkers(), worker => Assert.Empty(worker.Jobs));

        var victim = node.Pool.ReportWorkers().First();
        using (var process = Process.GetProcessById(victim.Pid!.Value))
            process.Kill();
        await Eventually.HoldsAsync(() => node.Pool.ReportWorkers().First().Pid is { } pid && pid != victim.Pid, "another process is there");
        await HoldAsync(node, 2);

        var old = node.Pool.ReportWorkers().Last();
        Assert.True(node.Pool.Recycle(old.Id));
        await Eventually.HoldsAsync(() => node.Pool.ReportWorkers().All(worker => worker.Pid != old.Pid), "it was replaced");
        await HoldAsync(node, 2);

        // Changed on the disk, what they hold is not what is wanted.
        var before = node.Pool.ReportWorkers().Select(worker => worker.OpenFile).Distinct().Single();
        node.Model("chair.txt", "another chair");
        await Eventually.HoldsAsync(() => node.Pool.ReportWorkers().All(worker => worker.OpenFile is { } file && file != before), "the new one is open");

        await node.Get<TemplateStore>().DeleteAsync("chair", null, default, default);
        var other = node.Model("sofa.txt", "a sofa");
        Assert.True(System.IO.File.Exists(other));
        await node.EndAsync(await node.SubmitAsync("render", new JsonObject { ["file"] = "root:models/sofa.txt", ["width"] = 8 }));
        Assert.Equal(0, (await StateAsync(node)).Wanted);
    }

    [Fact]
    public async Task A_job_that_comes_while_a_file_is_being_opened_goes_to_another_worker()
    {
        await using var redis = new TestRedis();
        await using var node = await NodeServer.StartAsync(redis, NodeHarness.Testcard with { Workers = 2 });
        var pipe = node.Model("chair.txt", "");
        System.IO.File.Delete(pipe);
        using (var made = Process.Start("mkfifo", pipe))
            await made.WaitForExitAsync().WithinLimitAsync();
        await WantAsync(node, 1, File);
        await Eventually.HoldsAsync(() => node.Pool.ReportWorkers().Any(worker => worker.State == "busy"), "one opens it"); // It reads until somebody writes.
        var opening = node.Pool.ReportWorkers().Single(worker => worker.State == "busy");
        Assert.Empty(opening.Jobs);
        for (var number = 0; number < 3; number++)
        {
            var job = await node.EndAsync(await node.SubmitAsync("render", new JsonObject { ["width"] = 8 }));
            Assert.NotEqual(opening.Id, $"n1.{job.Attempts[0].Worker}");
        }

        await System.IO.File.WriteAllTextAsync(pipe, "a chair").WithinLimitAsync();
        await Eventually.HoldsAsync(() => node.Pool.ReportWorkers().Single(worker => worker.Id == opening.Id).OpenFile is not null, "it is open");
    }

    [Theory]
    [InlineData(null, "is not a file")]
    [InlineData("GARBAGE", "is garbage")]
    public async Task A_file_that_cannot_be_opened_is_told_and_the_workers_go_on(string? content, string reason)
    {
        await using var redis = new TestRedis();
        await using var node = await NodeServer.StartAsync(redis);
        if (content is not null)
            node.Model("chair.txt", content);
        await WantAsync(node, 1, File);
        var state = await Eventually.GivesAsync(async () => await StateAsync(node) is { Failure: not null } told ? told : null, "the failure is told");
        Assert.Contains(reason, state.Failure!.Message, StringComparison.Ordinal);
        Assert.Equal((1, 0, "n1.testcard-1"), (state.Wanted, state.Workers.Count, state.Failure.Worker));
        Assert.Equal(JobState.Succeeded, (await node.EndAsync(await node.SubmitAsync("render", new JsonObject { ["width"] = 8 }))).State);

        node.Model("sofa.txt", "a sofa");
        await WantAsync(node, 1, "root:models/sofa.txt"); // A new version is not made to wait for what was wrong with the former.
        await HoldAsync(node, 1);
        Assert.Null((await StateAsync(node)).Failure);
    }

    [Fact]
    public async Task A_node_stops_while_a_file_is_being_opened()
    {
        await using var redis = new TestRedis();
        await using var node = await NodeServer.StartAsync(redis);
        var pipe = node.Model("chair.txt", "");
        System.IO.File.Delete(pipe);
        using (var made = Process.Start("mkfifo", pipe))
            await made.WaitForExitAsync().WithinLimitAsync();
        await WantAsync(node, 1, File);
        await Eventually.HoldsAsync(() => node.Pool.ReportWorkers().Any(worker => worker.State == "busy"), "one opens it");
        await node.StopAsync();
    }

    private static Task<WarmState> StateAsync(NodeServer node) => node.Get<WarmStore>().FindAsync("chair", default);

    private static Task HoldAsync(NodeServer node, int count) => Eventually.HoldsAsync(
        async () => node.Pool.ReportWorkers().Count(worker => worker is { State: "ready", OpenFile: not null }) == count
            && (await StateAsync(node)).Workers.Count == count,
        $"{count} hold it");

    private static Task<TemplatePut> WantAsync(NodeServer node, int count, string file) => node.Get<TemplateStore>().PutAsync(
        new TemplateWrite
        {
            Name = "chair", Definition = "{}", Hash = Guid.NewGuid().ToString("N")[..16], Client = "c",
            Warm = new WarmWish(count, "testcard", file, new JsonObject { ["file"] = file }.ToJsonString()),
        },
        default);
}
