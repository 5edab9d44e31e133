using System.Net;
using Workers.Api.Tests.Support;

namespace Workers.Api.Tests;

/// <summary>Redis goes, nodes go, the server goes: what clients hear.</summary>
public sealed class OutageTests
{
    private const string Render = "/v1/engines/testcard/functions/render";

    [Fact]
    public async Task Without_Redis_everything_is_503_but_the_process_lives_and_it_comes_back()
    {
        await using var redis = new TestRedis();
        await using var host = await ApiHost.StartAsync(redis.ConnectionString);
        await using (var node = new NodeActor(host))
        {
            await node.ReportAsync(NodeActor.Engine("testcard", NodeActor.Render()));
            Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync("/readyz")).StatusCode);
        }

        redis.Kill9();
        foreach (var path in new[] { "/v1/jobs", "/v1/jobs/x", "/v1/events" })
        {
            using var response = await host.Client.GetAsync(path);
            await response.ProblemAsync(503, "redis_unavailable");
            Assert.NotNull(response.Headers.RetryAfter);
        }

        using (var submit = await host.Client.PostJsonAsync("/v1/jobs", """{"engine":"testcard","function":"render"}"""))
            await submit.ProblemAsync(503, "redis_unavailable");
        await Eventually.HoldsAsync(
            async () => (await host.Client.GetAsync("/readyz")).StatusCode == HttpStatusCode.ServiceUnavailable,
            "readiness to fall");
        using (var unready = await host.Client.GetAsync("/readyz"))
            Assert.Contains("Redis", (string?)(await unready.JsonAsync())["missing"]![0], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync("/livez")).StatusCode);

        redis.Restart();
        await Eventually.HoldsAsync(async () => (await host.Client.GetAsync("/v1/jobs")).StatusCode == HttpStatusCode.OK, "the API to come back");
    }

    [Fact]
    public async Task A_submit_whose_outcome_is_not_known_is_503_with_the_jobs_id()
    {
        await using var redis = new TestRedis();
        await using var host = await ApiHost.StartAsync(redis.ConnectionString);
        await using var node = new NodeActor(host);
        await node.ReportAsync(NodeActor.Engine("testcard", NodeActor.Render()));
        // Once before, so that Redis knows the script: otherwise what it gets late is only "no such script".
        (await host.Client.PostJsonAsync("/v1/jobs", """{"engine":"testcard","function":"render"}""")).EnsureSuccessStatusCode();
        redis.Stop();
        try
        {
            using var response = await host.Client.PostJsonAsync(
                "/v1/jobs", """{"engine":"testcard","function":"render"}""", ("Idempotency-Key", "k"));
            var id = (string?)(await response.ProblemAsync(503, "redis_unavailable"))["jobId"];
            Assert.Equal($"/v1/jobs/{id}", response.Headers.Location!.ToString());
            redis.Continue();
            // It was carried out late: the key finds the same job.
            await Eventually.HoldsAsync(async () => (await host.Client.GetAsync("/v1/jobs")).StatusCode == HttpStatusCode.OK, "Redis to answer");
            var jobs = await (await host.Client.GetAsync("/v1/jobs")).JsonAsync();
            Assert.Equal(2, jobs["jobs"]!.AsArray().Count);
            using var again = await host.Client.PostJsonAsync("/v1/jobs", """{"engine":"testcard","function":"render"}""", ("Idempotency-Key", "k"));
            Assert.Equal(id, (string?)(await again.JobAsync(HttpStatusCode.Accepted))["id"]);
        }
        finally
        {
            redis.Continue();
        }
    }

    [Fact]
    public async Task A_silent_node_flips_readiness_saying_what_is_missing()
    {
        await using var redis = new TestRedis();
        await using var host = await ApiHost.StartAsync(redis.ConnectionString);
        using var response = await host.Client.GetAsync("/readyz");
        var document = await response.JobAsync(HttpStatusCode.ServiceUnavailable);
        Assert.Contains("No live node offers engine 'testcard'", (string?)document["missing"]![0], StringComparison.Ordinal);
        using var status = await host.Client.GetAsync("/v1/status");
        Assert.Equal("down", (string?)(await status.JsonAsync())["status"]);
    }

    [Fact]
    public async Task A_stopping_server_ends_held_calls_with_the_way_to_go_on_and_cancels_nothing()
    {
        await using var redis = new TestRedis();
        await using var other = await ApiHost.StartAsync(redis.ConnectionString);
        await using var node = new NodeActor(other);
        string id;
        {
            await node.ReportAsync(NodeActor.Engine("testcard", NodeActor.Render(cacheable: false)));
            await using var host = await ApiHost.StartAsync(redis.ConnectionString);
            var call = host.Client.PostJsonAsync(Render, "{}");
            var claimed = await node.ClaimAsync();
            id = claimed.Job.Id;
            using var events = await SseReader.OpenAsync(host.Client, $"/v1/jobs/{id}/events");
            await events.NextAsync();
            var stopped = host.StopAsync();
            using var response = await call;
            Assert.Equal(id, (string?)(await response.ProblemAsync(503, "stopping"))["jobId"]);
            Assert.Equal($"/v1/jobs/{id}", response.Headers.Location!.ToString());
            await stopped.WithinLimitAsync();
            Assert.All(await events.AllAsync(), item => Assert.Equal("started", item.Type));
            await node.CompleteAsync(claimed);
        }

        using var done = await other.Client.GetAsync($"/v1/jobs/{id}");
        Assert.Equal("succeeded", (string?)(await done.JsonAsync())["state"]);
    }
}
