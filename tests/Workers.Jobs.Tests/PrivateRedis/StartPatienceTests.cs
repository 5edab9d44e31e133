using Workers.Jobs.PrivateRedis;
using Workers.Testing;

namespace Workers.Jobs.Tests.PrivateRedis;

/// <summary>How long a start waits, by a clock that is set by hand.</summary>
public sealed class StartPatienceTests
{
    private static readonly PrivateRedisOptions Options = new()
    {
        DataFolder = "/", SilenceLimit = TimeSpan.FromSeconds(30), LoadingLimit = TimeSpan.FromSeconds(600),
    };

    private readonly SteppedClock clock = new();

    [Theory]
    [InlineData("Nobody")]
    [InlineData("Stranger")]
    [InlineData("Silent")]
    public void Silence_is_waited_for_until_its_limit(string presence)
    {
        var patience = new StartPatience(Options, clock);
        Assert.False(Look(patience, 30, presence));
        Assert.True(Look(patience, 1, presence));
    }

    [Fact]
    public void Loading_is_waited_for_longer_than_silence_and_not_for_ever()
    {
        var patience = new StartPatience(Options, clock);
        Assert.All(Enumerable.Range(0, 6), _ => Assert.False(Look(patience, 100, "Loading")));
        Assert.True(Look(patience, 1, "Loading"));
        Assert.Equal(TimeSpan.FromSeconds(601), patience.Waited);
    }

    [Fact]
    public void One_that_falls_silent_while_it_loads_is_waited_for_anew()
    {
        var patience = new StartPatience(Options, clock);
        foreach (var _ in Enumerable.Range(0, 5))
        {
            Assert.False(Look(patience, 20, "Loading"));
            Assert.False(Look(patience, 30, "Silent"));
        }

        Assert.True(Look(patience, 1, "Silent"));
    }

    private bool Look(StartPatience patience, double after, string presence)
    {
        clock.Advance(TimeSpan.FromSeconds(after));
        return patience.IsOver(Enum.Parse<RedisPresence>(presence));
    }
}
