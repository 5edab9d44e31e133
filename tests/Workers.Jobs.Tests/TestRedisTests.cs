using Workers.Testing;

namespace Workers.Jobs.Tests;

/// <summary>The tests' own Redis does what tests believe of it.</summary>
public sealed class TestRedisTests
{
    [Fact]
    public void Keeps_what_it_acknowledged_across_a_kill_when_always_and_forgets_when_none()
    {
        using var always = TestRedis.Start(TestDurability.Always);
        using var none = new TestRedis();
        foreach (var redis in new[] { always, none })
        {
            var (port, pid) = (redis.Port, redis.ProcessId);
            redis.Command("SET", "key", "a value");
            redis.Kill9();
            redis.Restart();
            Assert.Equal(port, redis.Port);
            Assert.NotEqual(pid, redis.ProcessId);
        }

        Assert.Equal("a value", always.Command("GET", "key"));
        Assert.Equal("", none.Command("GET", "key"));
    }

    [Fact]
    public async Task Stands_still_while_stopped_and_then_goes_on()
    {
        using var redis = new TestRedis();
        redis.Stop();
        var answer = Task.Run(() => redis.Command("ECHO", "hello"));
        await Eventually.HoldsAsync(() => File.ReadAllText($"/proc/{redis.ProcessId}/stat").Contains(") T ", StringComparison.Ordinal), "state T");
        Assert.False(answer.IsCompleted);
        redis.Continue();
        Assert.Equal("hello", await answer.WithinLimitAsync());
    }
}
