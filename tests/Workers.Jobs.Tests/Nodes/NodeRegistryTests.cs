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
}
