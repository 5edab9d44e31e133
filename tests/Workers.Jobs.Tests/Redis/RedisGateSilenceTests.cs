using Workers.Testing;

namespace Workers.Jobs.Tests.Redis;

/// <summary>Redis stands still or the link is cut: nothing fails by itself, so the gate has to notice.</summary>
public sealed class RedisGateSilenceTests
{
    [Fact]
    public async Task A_stopped_Redis_makes_calls_end_unknown_then_refused_and_its_late_reply_is_delivered()
    {
        using var redis = new TestRedis();
        await using var gate = await GateFixture.StartAsync(GateFixture.ShortOptions(redis.Port));
        var late = new TaskCompletionSource<string?>();

        redis.Stop();
        var first = gate.EchoAsync("late", reply => Task.FromResult(late.TrySetResult((string)reply)));
        await GateFixture.IsUnavailableAsync(first, unknownOutcome: true);
        await gate.BecomesAsync(ready: false);
        var refused = await GateFixture.IsUnavailableAsync(gate.EchoAsync("refused"), unknownOutcome: false);
        Assert.Equal(gate.NotReadyReason, refused.Message);
        Assert.False(late.Task.IsCompleted);

        redis.Continue();
        Assert.Equal("late", await late.Task.WithinLimitAsync());
        await gate.BecomesAsync(ready: true);
        Assert.Equal("again", await gate.EchoAsync("again"));
        Assert.Equal(0, gate.InFlight);
    }

    [Fact]
    public async Task A_cut_link_is_replaced_with_its_subscriptions_and_what_it_still_carried_comes_late()
    {
        using var redis = new TestRedis();
        await using var link = new TestLink(redis.Port);
        await using var gate = await GateFixture.StartAsync(GateFixture.ShortOptions(link.Port));
        var heard = new SemaphoreSlim(0);
        using var subscription = await gate.SubscribeAsync("news", _ => heard.Release());
        var late = new TaskCompletionSource<long>();

        link.Freeze();
        var falls = gate.BecomesAsync(ready: false); // Listened for from here on: after the call it may be ready again already.
        var cut = gate.CallAsync(database => database.StringIncrementAsync("n"), CancellationToken.None, n => Task.FromResult(late.TrySetResult(n)));
        await GateFixture.IsUnavailableAsync(cut, unknownOutcome: true);
        await falls;
        await gate.BecomesAsync(ready: true);
        Assert.True(gate.Replacements >= 1); // a busy machine may take two
        Assert.Equal("over the new one", await gate.EchoAsync("over the new one"));

        // Again and again: to Redis the cut connection still listens too, so that its count of listeners says nothing.
        await Eventually.HoldsAsync(() => redis.Command("PUBLISH", "news", "x") != "0" && heard.CurrentCount > 0, "the new connection hears");

        Assert.Equal("", redis.Command("GET", "n"));
        link.Thaw();
        Assert.Equal(1, await late.Task.WithinLimitAsync());
        Assert.Equal("1", redis.Command("GET", "n"));
    }

    [Fact]
    public async Task No_more_calls_than_the_bound_are_under_way_and_the_next_is_refused_at_once()
    {
        using var redis = new TestRedis();
        await using var gate = await GateFixture.StartAsync(GateFixture.Options(redis.Port) with { MaxInFlight = 8 });

        redis.Stop();
        var calls = Enumerable.Range(0, 8 + 5_000)
            .Select(_ => gate.CallAsync(database => database.StringIncrementAsync("n"), CancellationToken.None))
            .ToArray();
        var (eight, flood) = (calls[..8], calls[8..]);
        Assert.All(flood, call => Assert.True(call.IsFaulted));
        await GateFixture.IsUnavailableAsync(flood[^1], unknownOutcome: false);
        Assert.Equal(8, gate.InFlight);
        Assert.All(eight, call => Assert.False(call.IsCompleted));

        redis.Continue();
        var numbers = await Task.WhenAll(eight).WithinLimitAsync();
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], numbers);
        Assert.Equal("room again", await gate.EchoAsync("room again"));
        Assert.Equal("8", redis.Command("GET", "n"));
    }

    [Fact]
    public async Task A_caller_who_leaves_is_let_go_and_the_reply_goes_to_its_late_handler()
    {
        using var redis = new TestRedis();
        await using var gate = await GateFixture.StartAsync(redis.Port);
        using var leave = new CancellationTokenSource();
        var late = new TaskCompletionSource<long>();

        redis.Stop();
        var call = gate.CallAsync(database => database.StringIncrementAsync("n"), leave.Token, n =>
        {
            late.SetResult(n);
            throw new InvalidOperationException("A handler that fails harms nobody.");
        });
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WithinLimitAsync());
        Assert.Equal(1, gate.InFlight);

        redis.Continue();
        Assert.Equal(1, await late.Task.WithinLimitAsync());
        var never = gate.CallAsync(database => database.StringIncrementAsync("n"), leave.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => never);
        Assert.Equal("1", redis.Command("GET", "n"));
    }

    [Fact]
    public async Task Closing_ends_calls_under_way_with_an_unknown_outcome()
    {
        using var redis = new TestRedis();
        var gate = await GateFixture.StartAsync(redis.Port);
        var subscription = await gate.SubscribeAsync("news", _ => { });
        var call = await gate.BeginEndlessAsync(redis);
        await gate.DisposeAsync();
        subscription.Dispose();
        await GateFixture.IsUnavailableAsync(call, unknownOutcome: true);
        await GateFixture.IsUnavailableAsync(gate.EchoAsync("y"), unknownOutcome: false);
        await gate.DisposeAsync();
    }
}
