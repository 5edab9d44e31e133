using System.Globalization;
using Workers.Api.Tests.Support;
using Workers.Jobs.Nodes;

namespace Workers.Api.Tests;

/// <summary>An engine that keeps failing on a node is seen wherever an operator looks.</summary>
public sealed class TroubleTests(TroubledApi api) : IClassFixture<TroubledApi>
{
    [Fact]
    public async Task A_node_that_is_held_back_says_so_in_nodes_status_and_metrics()
    {
        using var nodes = await api.Client.GetAsync("/v1/nodes");
        var engine = (await nodes.JsonAsync())["nodes"]![0]!["engines"]!.AsArray().Single()!;
        Assert.Equal(
            ("testcard", true, 4, "2031-02-03T04:05:06+00:00"),
            ((string?)engine["name"], (bool?)engine["available"], (int?)engine["failuresInARow"],
                DateTimeOffset.Parse((string)engine["heldBackUntil"]!, CultureInfo.InvariantCulture).ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture)));

        using var status = await api.Client.GetAsync("/v1/status");
        var summary = await status.JsonAsync();
        Assert.Equal("degraded", (string?)summary["status"]);
        Assert.Contains(
            "Node 'n1' leaves jobs of engine 'testcard' to others: 4 attempts in a row failed there.",
            summary["reasons"]!.AsArray().Select(reason => (string?)reason));

        var metrics = await api.Client.GetStringAsync("/metrics");
        Assert.Contains("workers_engine_failures_in_a_row{engine=\"testcard\",node=\"n1\"} 4\n", metrics, StringComparison.Ordinal);
        Assert.Contains("workers_engine_held_back{engine=\"testcard\",node=\"n1\"} 1\n", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retry_After_is_the_queue_times_the_recent_run_time_over_the_workers()
    {
        api.Redis.Command("LPUSH", "{workers}:run-times:testcard", "3000", "3000", "3000");
        var last = 0;
        for (var jobs = 1; jobs <= 4; jobs++)
        {
            using var submitted = await api.Client.PostJsonAsync("/v1/jobs", """{"engine":"testcard","function":"render"}""");
            last = (int)submitted.Headers.RetryAfter!.Delta!.Value.TotalSeconds;
            Assert.InRange(last, 1, 3 * (jobs + 1)); // Of a queue as it was up to a second ago.
        }

        using var any = await api.Client.GetAsync("/v1/jobs?limit=1");
        var id = (string?)(await any.JsonAsync())["jobs"]![0]!["id"];
        await Eventually.HoldsAsync(
            async () =>
            {
                using var job = await api.Client.GetAsync($"/v1/jobs/{id}");
                return job.Headers.RetryAfter?.Delta == TimeSpan.FromSeconds(15); // Four that wait and one more, three seconds each, one worker.
            },
            "Retry-After tells the whole queue");
    }
}

/// <summary>With an engine that fails on its only node.</summary>
public sealed class TroubledApi : ApiFixture
{
    private protected override EngineReport[] Engines =>
        [NodeActor.Engine("testcard", NodeActor.Render()) with { FailuresInARow = 4, HeldBackUntil = new(2031, 2, 3, 4, 5, 6, TimeSpan.Zero) }];
}
