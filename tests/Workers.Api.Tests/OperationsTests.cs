using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Workers.Api.Tests.Support;
using Workers.Jobs.Nodes;

namespace Workers.Api.Tests;

/// <summary>What operators look at and do: status, probes, metrics, nodes, workers, engines.</summary>
public sealed class OperationsTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task Engines_tell_their_functions_and_why_they_are_not_there()
    {
        using var response = await api.Client.GetAsync("/v1/engines");
        var engines = (await response.JsonAsync())["engines"]!.AsArray();
        Assert.Equal(["testcard", "blender"], engines.Select(engine => (string?)engine!["name"]));
        Assert.Equal((true, "1.0", 1), ((bool?)engines[0]!["available"], (string?)engines[0]!["version"], (int?)engines[0]!["workers"]!["ready"]));
        var render = engines[0]!["functions"]!.AsArray().Single(function => (string?)function!["name"] == "render")!;
        Assert.Equal(
            ("/v1/engines/testcard/functions/render", 4096),
            ((string?)render["url"], (int?)render["input"]!["properties"]!["width"]!["maximum"]));
        Assert.Equal((false, "'blender' is not installed"), ((bool?)engines[1]!["available"], (string?)engines[1]!["reason"]));
        using var one = await api.Client.GetAsync("/v1/engines/testcard");
        Assert.Equal("png", (string?)(await one.JsonAsync())["facts"]!["formats"]![0]);
        using var none = await api.Client.GetAsync("/v1/engines/none");
        await none.ProblemAsync(404, "engine_not_found");
    }

    [Fact]
    public async Task Status_sums_up_and_is_not_sent_twice()
    {
        using var response = await api.Client.GetAsync("/v1/status");
        var status = await response.JsonAsync();
        Assert.Equal("degraded", (string?)status["status"]); // blender is configured and not there
        Assert.Contains("'blender' is not installed", (string?)status["reasons"]![0], StringComparison.Ordinal);
        Assert.Equal((1, 1), ((int?)status["nodes"]!["active"], (int?)status["workers"]!["ready"]));
        Assert.NotNull(status["engines"]!["testcard"]!["queued"]);
        using var same = await api.Client.SendAsync(HttpMethod.Get, "/v1/status", ("If-None-Match", response.Headers.ETag!.ToString()));
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
    }

    [Fact]
    public async Task Nodes_and_workers_are_shown_and_told_what_is_wanted()
    {
        using var workers = await api.Client.GetAsync("/v1/workers/n1.testcard-1");
        var worker = await workers.JsonAsync();
        Assert.Equal(
            ("ready", 4242, 3, 1 << 20),
            ((string?)worker["state"], (int?)worker["pid"], (int?)worker["calls"], (int?)worker["residentBytes"]));
        Assert.Equal(("j1", "j1 j2"), ((string?)worker["job"], string.Join(' ', worker["jobs"]!.AsArray())));
        Assert.Equal(
            (1.5, 40, 0.25),
            ((double?)worker["loop"]!["insideSeconds"], (double?)worker["loop"]!["outsideSeconds"], (double?)worker["loop"]!["longestSeconds"]));
        using var unknown = await api.Client.PostAsync("/v1/workers/none/recycle", null);
        await unknown.ProblemAsync(404, "worker_not_found");
        using var nodeless = await api.Client.PostAsync("/v1/nodes/none/drain", null);
        await nodeless.ProblemAsync(404, "node_not_found");

        foreach (var (path, subject, desired) in new[]
        {
            ("/v1/workers/n1.testcard-1/recycle", "worker:n1.testcard-1", "recycle"), ("/v1/nodes/n1/drain", "node:n1", "drain"),
            ("/v1/engines/testcard/pause", "engine:testcard", "pause"),
        })
        {
            using var response = await api.Client.PostAsync(path, null);
            await response.JobAsync(HttpStatusCode.Accepted);
            Assert.Equal(desired, (await api.Host.Services.GetRequiredService<NodeRegistry>().DesiredAsync(default))[subject]);
        }

        Assert.Equal("drain", (string?)(await (await api.Client.GetAsync("/v1/nodes")).JsonAsync())["nodes"]![0]!["desired"]);
        Assert.True((bool?)(await (await api.Client.GetAsync("/v1/engines/testcard")).JsonAsync())["paused"]);
        (await api.Client.PostAsync("/v1/nodes/n1/resume", null)).EnsureSuccessStatusCode();
        (await api.Client.PostAsync("/v1/engines/testcard/resume", null)).EnsureSuccessStatusCode();
        Assert.False((await api.Host.Services.GetRequiredService<NodeRegistry>().DesiredAsync(default)).ContainsKey("engine:testcard"));
    }

    [Fact]
    public async Task Metrics_are_Prometheus_text_without_any_job_in_it()
    {
        using var submitted = await api.Client.PostJsonAsync("/v1/jobs", """{"engine":"testcard","function":"render"}""");
        var job = await api.Node.RunOneAsync();
        string text = "";
        await Eventually.HoldsAsync(
            async () => (text = await api.Client.GetStringAsync("/metrics"))
                .Contains("workers_run_seconds_count{engine=\"testcard\"}", StringComparison.Ordinal)
                && !text.Contains("workers_jobs_total{engine=\"testcard\",state=\"succeeded\"} 0", StringComparison.Ordinal),
            "the job in the metrics");
        foreach (var name in new[]
        {
            "workers_jobs_total", "workers_queue_depth", "workers_queue_wait_seconds", "workers_run_seconds", "workers_worker_restarts_total",
            "workers_worker_rss_bytes", "workers_pool_workers", "workers_engine_failures_in_a_row", "workers_engine_held_back",
        })
        {
            Assert.Contains($"# TYPE {name} ", text, StringComparison.Ordinal);
            Assert.Matches($"(?m)^{name}(_bucket|_sum|_count)?\\{{.*\\}} [0-9.E+-]+$", text);
        }

        Assert.DoesNotContain(job.Id, text, StringComparison.Ordinal);
        Assert.All(
            text.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line => Assert.Matches(new Regex("^(# (HELP|TYPE) .+|[a-z_]+(\\{.*\\})? [0-9.E+-]+)$"), line));
        Assert.Contains("workers_run_seconds_bucket{engine=\"testcard\",le=\"+Inf\"}", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Probes_tell_by_their_status()
    {
        Assert.Equal(HttpStatusCode.OK, (await api.Client.GetAsync("/livez")).StatusCode);
        using var ready = await api.Client.GetAsync("/readyz");
        Assert.True((bool?)(await ready.JobAsync(HttpStatusCode.OK))["ready"]);
    }
}
