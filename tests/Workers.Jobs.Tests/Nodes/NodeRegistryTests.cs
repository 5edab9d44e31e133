using Workers.Jobs.Nodes;

namespace Workers.Jobs.Tests.Nodes;

/// <summary>Heartbeats and desired state.</summary>
public sealed class NodeRegistryTests
{
    [Fact]
    public async Task A_silent_node_is_lost_a_stopped_one_stopped_and_desired_state_is_kept()
    {
        await using var jobs = await JobsFixture.StartAsync();
        var registry = new NodeRegistry(jobs.Gate);
        foreach (var (id, state) in new[] { ("n1", "active"), ("n2", "active"), ("n3", "stopped") })
            await registry.ReportAsync(new NodeReport { Id = id, Boot = "b", State = state, Host = "h", Version = "1" }, default);
        var longAgo = (DateTimeOffset.UtcNow - TimeSpan.FromMinutes(1)).ToUnixTimeMilliseconds()
            .ToString(System.Globalization.CultureInfo.InvariantCulture);
        jobs.Redis.Command("ZADD", "{workers}:nodes-seen", longAgo, "n2", longAgo, "n3");
        Assert.Equal(["active", "lost", "stopped"], (await registry.ListAsync(default)).Select(node => node.State));

        await registry.SetDesiredAsync("node:n1", "drain", default);
        Assert.Equal("drain", (await registry.DesiredAsync(default))["node:n1"]);
        await registry.SetDesiredAsync("node:n1", null, default);
        Assert.Empty(await registry.DesiredAsync(default));
    }

    [Fact]
    public async Task What_a_node_of_another_version_leaves_out_is_empty_and_what_it_adds_is_passed_over()
    {
        await using var jobs = await JobsFixture.StartAsync();
        var registry = new NodeRegistry(jobs.Gate);
        foreach (var (id, report) in new[]
        {
            ("bare", """{"id":"bare","boot":"b","state":"active","host":"h","version":"0"}"""),
            ("lean", """
                {"id":"lean","boot":"b","state":"active","host":"h","version":"9","colour":"red","labels":null,
                 "workers":[{"id":"w","node":"lean","engine":"e","state":"ready"}],
                 "engines":[{"name":"e","available":true},{"name":"f","functions":[{"name":"g","input":{}}]}]}
                """),
        })
        {
            jobs.Redis.Command("HSET", "{workers}:nodes", id, report);
            jobs.Redis.Command("ZADD", "{workers}:nodes-seen", "1", id);
        }

        var (bare, lean) = ((await registry.ListAsync(default))[0], (await registry.ListAsync(default))[1]);
        Assert.Equal((0, 0, 0), (bare.Labels.Count, bare.Workers.Count, bare.Engines.Count));
        Assert.Equal((0, 0), (lean.Labels.Count, lean.Workers.Single().Jobs.Count));
        Assert.Equal((0, 0, 0), (lean.Engines[0].Builds.Count, lean.Engines[0].Functions.Count, lean.Engines[1].Functions.Single().FileTypes.Count));
        var (specification, result) = (
            System.Text.Json.JsonSerializer.Deserialize("""{"engine":"e","function":"f","input":{}}""", JobJson.Default.JobSpecification)!,
            System.Text.Json.JsonSerializer.Deserialize("{}", JobJson.Default.JobResult)!);
        Assert.Equal((0, 0, 0, 0), (specification.Tags.Count, specification.Assets.Count, specification.Requires.Count, specification.Metadata.Count));
        Assert.Equal((0, 0, "process", 0), (result.Artifacts.Count, result.Warnings.Count, result.Warm, result.Timings.RunSeconds));
    }
}
