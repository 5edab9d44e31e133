using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;
using Workers.Jobs.Redis;
using Workers.Testing;

namespace Workers.Jobs.Tests.Redis;

/// <summary>Gates with short limits, and what tests ask of them.</summary>
internal static class GateFixture
{
    public static readonly RedisKey[] NoKeys = [];
    public static readonly RedisValue[] NoArguments = [];

    /// <summary>Looks often, and lets a busy machine take its time.</summary>
    public static RedisGateOptions Options(int port) => new()
    {
        ConnectionString = $"127.0.0.1:{port}",
        Deadline = Eventually.Limit,
        ReplaceAfter = TimeSpan.FromMilliseconds(600),
        ProbeEvery = TimeSpan.FromMilliseconds(50),
    };

    /// <summary>For tests in which Redis is silent: that shows only when the deadline is over.</summary>
    public static RedisGateOptions ShortOptions(int port) => Options(port) with { Deadline = TimeSpan.FromSeconds(1.5) };

    public static RedisGate Create(RedisGateOptions options) => new(options, NullLogger<RedisGate>.Instance);

    public static async Task<RedisGate> StartAsync(RedisGateOptions options)
    {
        var gate = Create(options);
        await gate.StartAsync(CancellationToken.None);
        return gate;
    }

    public static Task<RedisGate> StartAsync(int port) => StartAsync(Options(port));

    public static async Task<string?> EchoAsync(this RedisGate gate, string text, Func<RedisResult, Task>? onLate = null) =>
        (string)await gate.CallAsync(database => database.ExecuteAsync("ECHO", text), CancellationToken.None, onLate);

    /// <summary>Begins a call that is surely under way in Redis when this returns, and never ends by itself.</summary>
    public static async Task<Task> BeginEndlessAsync(this RedisGate gate, TestRedis redis)
    {
        var call = gate.CallAsync(database => database.ExecuteAsync("BLPOP", "nothing-comes", 0), CancellationToken.None);
        await Eventually.HoldsAsync(
            () => redis.Command("INFO", "clients").Contains("blocked_clients:1", StringComparison.Ordinal),
            "the call blocks in Redis");
        return call;
    }

    /// <summary>Waits for the gate's own word that it became ready, or stopped to be.</summary>
    public static async Task BecomesAsync(this RedisGate gate, bool ready)
    {
        var heard = new TaskCompletionSource();
        void Hear(bool now)
        {
            if (now == ready)
                heard.TrySetResult();
        }
        gate.ReadyChanged += Hear;
        if (gate.IsReady != ready)
            await heard.Task.WithinLimitAsync();
        gate.ReadyChanged -= Hear;
    }

    public static async Task<RedisUnavailableException> IsUnavailableAsync(Task call, bool unknownOutcome)
    {
        var error = await Assert.ThrowsAsync<RedisUnavailableException>(() => call.WithinLimitAsync());
        Assert.True(unknownOutcome == error.UnknownOutcome, $"unknown outcome {error.UnknownOutcome}: {error.Message}");
        return error;
    }
}
