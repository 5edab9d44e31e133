using Workers.Testing;

namespace Workers.Jobs.Tests.Redis;

/// <summary>Redis dies, comes back, loads, or was never there.</summary>
public sealed class RedisGateCrashTests
{
    [Fact]
    public async Task After_a_kill_calls_end_unknown_and_after_the_restart_calls_and_subscriptions_work()
    {
        using var redis = new TestRedis();
        await using var gate = await GateFixture.StartAsync(redis.Port);
        var heard = new SemaphoreSlim(0);
        using var subscription = await gate.SubscribeAsync("news", _ => heard.Release());

        var call = await gate.BeginEndlessAsync(redis);
        redis.Kill9();
        await GateFixture.IsUnavailableAsync(call, unknownOutcome: true);
        await gate.BecomesAsync(ready: false);
        await GateFixture.IsUnavailableAsync(gate.EchoAsync("y"), unknownOutcome: false);

        redis.Restart();
        await gate.BecomesAsync(ready: true);
        Assert.Equal("z", await gate.EchoAsync("z"));
        await Eventually.HoldsAsync(() => redis.Command("PUBLISH", "news", "x") != "0", "somebody listens");
        Assert.True(await heard.WaitAsync(Eventually.Limit));
    }

    [Fact]
    public async Task A_subscription_survives_standing_still_and_hears_no_more_once_disposed()
    {
        using var redis = new TestRedis();
        await using var gate = await GateFixture.StartAsync(GateFixture.ShortOptions(redis.Port));
        var heard = new SemaphoreSlim(0);
        var first = await gate.SubscribeAsync("news", _ => throw new InvalidOperationException("A listener that fails harms no other."));
        var second = await gate.SubscribeAsync("news", _ => heard.Release());

        redis.Stop();
        await gate.BecomesAsync(ready: false);
        redis.Continue();
        await gate.BecomesAsync(ready: true);
        await Eventually.HoldsAsync(() => redis.Command("PUBLISH", "news", "x") != "0" && heard.CurrentCount > 0, "it is heard");

        first.Dispose();
        second.Dispose();
        await Eventually.HoldsAsync(() => redis.Command("PUBLISH", "news", "x") == "0", "nobody listens");
    }

    [Fact]
    public async Task A_loading_Redis_is_refused_by_name_and_waited_for_at_the_start()
    {
        using var redis = TestRedis.Start(TestDurability.Always, "--key-load-delay", "10");
        var options = GateFixture.Options(redis.Port);
        await using var gate = await GateFixture.StartAsync(options);
        redis.Command("EVAL", "for i = 1, 30000 do redis.call('SET', 'k' .. i, i) end", "0");

        var restart = Task.Run(redis.Restart);
        await Eventually.HoldsAsync(() => gate.NotReadyReason?.StartsWith("LOADING", StringComparison.Ordinal) == true, "the gate sees it loading");
        Assert.False(restart.IsCompleted);
        await using var starting = await GateFixture.StartAsync(options);
        Assert.True(starting.IsReady);
        await restart.WithinLimitAsync();
        await gate.BecomesAsync(ready: true);
        Assert.Equal("30000", (await gate.CallAsync(database => database.StringGetAsync("k30000"), CancellationToken.None)).ToString());
    }

    [Fact]
    public async Task Nobody_there_a_wrong_password_and_an_old_version_each_fail_the_start_by_name_and_it_may_be_tried_again()
    {
        await using var nobody = GateFixture.Create(GateFixture.Options(TestPorts.Free()));
        await GateFixture.IsUnavailableAsync(nobody.EchoAsync("too early"), unknownOutcome: false);
        var absent = await GateFixture.IsUnavailableAsync(nobody.StartAsync(CancellationToken.None), unknownOutcome: false);
        Assert.Contains("127.0.0.1", absent.Message, StringComparison.Ordinal);

        using var redis = TestRedis.Start(TestDurability.None, "--requirepass", "secret");
        await using var locked = GateFixture.Create(GateFixture.Options(redis.Port));
        await GateFixture.IsUnavailableAsync(locked.StartAsync(CancellationToken.None), unknownOutcome: false);
        await using var wrong = GateFixture.Create(
            GateFixture.Options(redis.Port) with { ConnectionString = $"127.0.0.1:{redis.Port},password=guess" });
        var refused = await GateFixture.IsUnavailableAsync(wrong.StartAsync(CancellationToken.None), unknownOutcome: false);
        Assert.DoesNotContain("guess", refused.ToString(), StringComparison.Ordinal);

        using var other = new TestRedis();
        var text = System.Text.Encoding.Latin1;
        await using var link = new TestLink(other.Port, chunk =>
            text.GetBytes(text.GetString(chunk).Replace("redis_version:7", "redis_version:6", StringComparison.Ordinal)));
        await using var gate = GateFixture.Create(GateFixture.Options(link.Port));
        var old = await GateFixture.IsUnavailableAsync(gate.StartAsync(CancellationToken.None), unknownOutcome: false);
        Assert.Contains("Redis 7", old.Message, StringComparison.Ordinal);
        await GateFixture.IsUnavailableAsync(gate.StartAsync(CancellationToken.None), unknownOutcome: false);
    }
}
