using StackExchange.Redis;
using Workers.Testing;

namespace Workers.Jobs.Tests.Redis;

/// <summary>Redis answers, but says that it cannot; and scripts it has forgotten.</summary>
public sealed class RedisGateRefusalTests(TestRedis redis) : IClassFixture<TestRedis>
{
    private static readonly LuaScript Count = LuaScript.FromText("count", "#!lua\nreturn redis.call('INCRBY', KEYS[1], ARGV[1])");
    private static readonly LuaScript Drain = LuaScript.FromText("drain", "#!lua flags=allow-oom\nreturn redis.call('SET', KEYS[1], 'drained')");

    [Fact]
    public async Task A_forgotten_script_is_loaded_and_every_evaluation_is_carried_out_once()
    {
        await using var gate = await GateFixture.StartAsync(redis.Port);
        redis.Command("DEL", "count");
        for (var round = 1; round <= 3; round++)
        {
            redis.FlushScripts();
            var calls = Enumerable.Range(0, 100).Select(_ => gate.EvaluateAsync(Count, ["count"], [1], CancellationToken.None)).ToArray();
            var numbers = (await Task.WhenAll(calls).WithinLimitAsync()).Select(reply => (long)reply).Order();
            Assert.Equal(Enumerable.Range((round - 1) * 100 + 1, 100).Select(n => (long)n), numbers);
        }
        Assert.Equal("300", redis.Command("GET", "count"));
        Assert.Equal(0, gate.InFlight);
    }

    [Fact]
    public async Task A_script_of_ours_that_fails_is_our_error_and_not_an_unavailable_Redis()
    {
        await using var gate = await GateFixture.StartAsync(redis.Port);
        redis.Command("SET", "text", "not a number");
        await Assert.ThrowsAsync<RedisServerException>(() => gate.EvaluateAsync(Count, ["text"], [1], CancellationToken.None));
        await Assert.ThrowsAsync<FormatException>(() => gate.CallAsync<int>(_ => throw new FormatException(), CancellationToken.None));
        Assert.True(gate.IsReady);
        Assert.Equal(0, gate.InFlight);
    }

    [Fact]
    public async Task A_full_Redis_refuses_admissions_and_lets_draining_scripts_through()
    {
        using var full = new TestRedis();
        await using var gate = await GateFixture.StartAsync(full.Port);
        full.Command("CONFIG", "SET", "maxmemory", "1");

        var refused = await GateFixture.IsUnavailableAsync(gate.EvaluateAsync(Count, ["n"], [1], CancellationToken.None), unknownOutcome: false);
        Assert.StartsWith("OOM", refused.Message, StringComparison.Ordinal);
        await gate.EvaluateAsync(Drain, ["n"], GateFixture.NoArguments, CancellationToken.None);
        Assert.Equal("drained", full.Command("GET", "n"));
        Assert.True(gate.IsReady);

        full.Command("CONFIG", "SET", "maxmemory", "0");
        Assert.Equal(1, (long)await gate.EvaluateAsync(Count, ["m"], [1], CancellationToken.None));
    }

    [Fact]
    public async Task A_Redis_that_became_a_replica_is_not_ready_until_it_is_a_master_again()
    {
        using var replica = new TestRedis();
        await using var gate = await GateFixture.StartAsync(GateFixture.Options(replica.Port) with { ProbeEvery = TimeSpan.FromSeconds(30) });
        await gate.EvaluateAsync(Count, ["n"], [1], CancellationToken.None);

        replica.Command("REPLICAOF", "127.0.0.1", "1");
        // The next probe is half a minute away: this one is Redis's own answer.
        var refused = await GateFixture.IsUnavailableAsync(gate.EvaluateAsync(Count, ["n"], [1], CancellationToken.None), unknownOutcome: false);
        Assert.StartsWith("READONLY", refused.Message, StringComparison.Ordinal);

        await using var probing = await GateFixture.StartAsync(redis.Port);
        redis.Command("REPLICAOF", "127.0.0.1", "1");
        await probing.BecomesAsync(ready: false);
        Assert.StartsWith("READONLY", probing.NotReadyReason, StringComparison.Ordinal);
        redis.Command("REPLICAOF", "NO", "ONE");
        await probing.BecomesAsync(ready: true);
        Assert.Equal("7", (await probing.EvaluateAsync(Count, ["seven"], [7], CancellationToken.None)).ToString());
    }
}
