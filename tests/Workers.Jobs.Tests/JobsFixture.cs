using Microsoft.Extensions.Logging.Abstractions;
using Workers.Jobs.Redis;
using Workers.Testing;

namespace Workers.Jobs.Tests;

/// <summary>A real Redis and a gate to it.</summary>
internal sealed class JobsFixture : IAsyncDisposable
{
    private JobsFixture(TestRedis redis, RedisGate gate) => (Redis, Gate) = (redis, gate);

    internal TestRedis Redis { get; }

    internal RedisGate Gate { get; }

    internal static async Task<JobsFixture> StartAsync()
    {
        var redis = new TestRedis();
        var gate = new RedisGate(new RedisGateOptions { ConnectionString = redis.ConnectionString }, NullLogger<RedisGate>.Instance);
        await gate.StartAsync(CancellationToken.None);
        return new JobsFixture(redis, gate);
    }

    public async ValueTask DisposeAsync()
    {
        await Gate.DisposeAsync();
        await Redis.DisposeAsync();
    }
}
