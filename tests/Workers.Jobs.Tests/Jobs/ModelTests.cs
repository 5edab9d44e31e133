using FsCheck;
using FsCheck.Fluent;
using Xunit.Abstractions;

namespace Workers.Jobs.Tests.Jobs;

/// <summary>Random command sequences against real Redis agree with the model, invariants after every step.</summary>
public sealed class ModelTests(ITestOutputHelper output)
{
    /// <summary>How many sequences: 10,000 unless MODEL_SEQUENCES says otherwise.</summary>
    private static readonly int Sequences = int.TryParse(Environment.GetEnvironmentVariable("MODEL_SEQUENCES"), out var count) ? count : 10_000;

    [Fact]
    public async Task Random_commands_leave_redis_and_the_model_in_the_same_state()
    {
        await using var jobs = await JobsFixture.StartAsync();
        var command =
            from kind in Gen.Choose(0, 99)
            from job in Gen.Choose(0, 9)
            from option in Gen.Choose(0, 99_999)
            select new Command(kind, job, option);
        var property = Prop.ForAll(
            Arb.From(command.ListOf(), Without),
            commands => new CommandSequence(jobs.Gate).RunAsync(commands).GetAwaiter().GetResult() is { } difference
                ? throw new Xunit.Sdk.XunitException(difference)
                : true);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(Sequences).WithStartSize(6).WithEndSize(24), property);
        output.WriteLine($"{Sequences} sequences agreed.");
    }

    [Theory]
    [InlineData("DEL", "{workers}:leases")] // a lease removed
    [InlineData("HSET", "{workers}:job:j1", "state", "queued")] // a state changed outside the table
    [InlineData("XADD", "{workers}:job:j1:events", "*", "t", "succeeded")] // an event without its state
    [InlineData("SET", "{workers}:cache-flight:k1", "j1")] // a flight that nobody began
    [InlineData("HSET", "{workers}:cache:k0", "job", "j1", "record", "9")] // a stored result that nobody made
    [InlineData("HSET", "{workers}:job:j1", "priority", "99")] // raised by nobody
    public async Task The_comparison_catches_a_planted_fault(params string[] fault)
    {
        await using var jobs = await JobsFixture.StartAsync();
        var sequence = new CommandSequence(jobs.Gate);
        Assert.Null(await sequence.RunAsync([Submit, Claim]));
        jobs.Redis.Command(fault);
        Assert.NotNull(await sequence.CompareAsync());
    }

    private static readonly Command Submit = new(0, 0, 72);
    private static readonly Command Claim = new(30, 0, 0);

    // Shrinks a failing sequence to the commands that matter: every sequence with one command fewer.
    private static IEnumerable<List<Command>> Without(List<Command> commands) =>
        Enumerable.Range(0, commands.Count).Select(i => commands.Where((_, j) => j != i).ToList());
}
