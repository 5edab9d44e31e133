using System.Globalization;
using Workers.Testing;

namespace Workers.Chaos.Cluster;

/// <summary>A Redis, and in fail-over runs a second one that follows it asynchronously and takes its place when it is killed.</summary>
internal sealed class RedisPair : IAsyncDisposable
{
    private TestRedis? replica;
    private TestLink? link; // From the replica to the primary: what is on it when the primary dies is lost.

    public RedisPair(bool withReplica)
    {
        Primary = TestRedis.Start(TestDurability.Always);
        if (withReplica)
            Follow(TestRedis.Start(TestDurability.Always));
    }

    /// <summary>Who answers now.</summary>
    public TestRedis Primary { get; private set; }

    /// <summary>
    /// Kills the primary after the replica has heard nothing for a while, and makes the replica primary; the killed one comes back empty-handed and
    /// follows.
    /// </summary>
    public async Task FailOverAsync(TimeSpan behind, CancellationToken cancellation)
    {
        var next = replica ?? throw new InvalidOperationException("There is no replica in this run.");
        await Eventually.HoldsAsync(
            () => next.Command("INFO", "replication").Contains("master_link_status:up", StringComparison.Ordinal), "the replica follows");
        link!.Freeze();
        await Task.Delay(behind, cancellation);
        Primary.Kill9();
        next.Command("REPLICAOF", "NO", "ONE");
        (var killed, Primary) = (Primary, next);
        await link.DisposeAsync();
        killed.Restart();
        Follow(killed);
    }

    public async ValueTask DisposeAsync()
    {
        await Primary.DisposeAsync();
        if (replica is not null)
            await replica.DisposeAsync();
        if (link is not null)
            await link.DisposeAsync();
    }

    private void Follow(TestRedis follower)
    {
        link = new TestLink(Primary.Port);
        follower.Command("REPLICAOF", "127.0.0.1", link.Port.ToString(CultureInfo.InvariantCulture));
        replica = follower;
    }
}
