using Workers.Node.Warmth;

namespace Workers.Node.Tests.Warmth;

/// <summary>A file that cannot be opened is tried again, each time later.</summary>
public sealed class RestsTests
{
    private readonly SteppedClock clock = new();

    [Fact]
    public void Each_failure_in_a_row_doubles_the_rest_up_to_a_limit_and_one_that_opened_begins_anew()
    {
        var rests = new Rests(clock);
        for (var rest = Rests.First; rest < Rests.Longest; rest *= 2)
        {
            Assert.Equal(rest, rests.Add("chair"));
            Assert.Equal(["chair"], rests.Now());
            clock.Advance(rest);
            Assert.Empty(rests.Now());
        }

        Assert.Equal(Rests.Longest, rests.Add("chair"));
        Assert.Equal(Rests.Longest, rests.Add("chair"));
        rests.Forget("chair");
        Assert.Equal(Rests.First, rests.Add("chair"));
    }

    [Fact]
    public void One_that_nobody_asks_for_any_more_is_forgotten()
    {
        var rests = new Rests(clock);
        rests.Add("chair");
        clock.Advance(Rests.First + Rests.Longest + TimeSpan.FromSeconds(1));
        rests.Add("sofa");
        Assert.Equal(Rests.First, rests.Add("chair"));
    }
}
