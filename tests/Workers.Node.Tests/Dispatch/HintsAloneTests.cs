using System.Text.Json.Nodes;
using Workers.Jobs;
using Workers.Node.Dispatch;

namespace Workers.Node.Tests.Dispatch;

/// <summary>
/// Without the look from time to time, which only stands behind lost hints, every job still gets its worker: a dispatcher that sleeps through a hint
/// would stand still here, and elsewhere only be slow.
/// </summary>
public sealed class HintsAloneTests(TestRedis redis) : IClassFixture<TestRedis>
{
    private const int Calls = 10;

    [Theory]
    [InlineData(1, 0, "render")]
    [InlineData(1, 1, "render")]
    [InlineData(2, 1, "render")]
    [InlineData(2, 1, "wait")]
    public async Task Calls_one_after_the_other_and_all_at_once_each_get_a_worker(int workers, int keepFree, string function)
    {
        await using var node = await StartAsync(workers, keepFree);
        for (var call = 0; call < Calls; call++)
            await SucceedsAsync(node, await SubmitAsync(node, function, Priorities.Normal));
        var all = new List<string>();
        for (var call = 0; call < Calls; call++)
            all.Add(await SubmitAsync(node, function, call % 2 == 0 ? Priorities.Normal : 0));
        foreach (var id in all)
            await SucceedsAsync(node, id);
    }

    [Fact]
    public async Task Of_an_only_worker_with_a_batch_queued()
    {
        await using var node = await StartAsync(workers: 1, keepFree: 1);
        var batch = new List<string>();
        for (var call = 0; call < Calls; call++)
            batch.Add(await SubmitAsync(node, "render", 0));
        await CallAsync(node);
        foreach (var id in batch)
            await SucceedsAsync(node, id);
    }

    [Fact]
    public async Task Of_two_workers_while_one_has_a_long_job_and_more_of_that_kind_wait()
    {
        await using var node = await StartAsync(workers: 2, keepFree: 1);
        await CallAsync(node);
        var film = await node.SubmitAsync("render", new JsonObject { ["seconds"] = 3600, ["steps"] = 10_000 }, job => job with { Priority = 0 });
        await node.UntilAsync(film, JobState.Running);
        var waits = await SubmitAsync(node, "render", 0);
        await CallAsync(node);
        await node.Jobs.CancelAsync(film, "by test", CancellationToken.None);
        await SucceedsAsync(node, waits);
    }

    private static async Task CallAsync(NodeServer node)
    {
        for (var call = 0; call < Calls; call++)
            await SucceedsAsync(node, await SubmitAsync(node, "render", Priorities.Normal));
    }

    private async Task<NodeServer> StartAsync(int workers, int keepFree)
    {
        var node = await NodeServer.StartAsync(redis, NodeHarness.Testcard with { Workers = workers, KeepFree = keepFree });
        foreach (var dispatcher in node.Get<DispatcherSet>().All)
            dispatcher.LookAgain = dispatcher.Pool.LookAgain = TimeSpan.FromHours(1);
        return node;
    }

    private static Task<string> SubmitAsync(NodeServer node, string function, int priority) =>
        node.SubmitAsync(function, [], job => job with { Priority = priority });

    private static async Task SucceedsAsync(NodeServer node, string id) => Assert.Equal(JobState.Succeeded, (await node.EndAsync(id)).State);
}
