using Workers.Bench.Report;
using Workers.Bench.Setup;
using Workers.Jobs;

namespace Workers.Bench.Queue;

/// <summary>Mean seconds of each script over one round that leaves the queue as deep as it was.</summary>
internal sealed class ScriptRound
{
    /// <summary>The scripts of a job's way, and the cancel of a queued one.</summary>
    public static readonly IReadOnlyList<string> Names = ["submit", "claim", "renew", "complete", "cancel"];

    private const int Calls = 40;

    private readonly Dictionary<string, double> seconds = [];

    private ScriptRound()
    {
    }

    public double this[string script] => seconds[script];

    public static async Task<ScriptRound> RunAsync(FilledQueue queue, CancellationToken cancellation)
    {
        var round = new ScriptRound();
        var (scripts, claimed, canceled) = (queue.Scripts, new List<ClaimedJob>(), new List<Submission>());
        async Task Time(string script, Func<int, Task> call) => round.seconds[script] = await ScriptTimes.MeasureAsync(
            queue.Redis,
            async () =>
            {
                for (var number = 0; number < Calls; number++) await call(number);
            });

        await Time("submit", number => scripts.Jobs.SubmitAsync(ScriptChain.NewSubmission(number), cancellation));
        await Time("claim", async _ => claimed.Add(await scripts.ClaimAsync(cancellation)));
        await Time("renew", number => scripts.Attempts.RenewAsync([claimed[number].Lease], cancellation));
        await Time("complete", number => scripts.CompleteAsync(claimed[number], cancellation));
        for (var number = 0; number < Calls; number++)
        {
            canceled.Add(ScriptChain.NewSubmission(number));
            await scripts.Jobs.SubmitAsync(canceled[number], cancellation);
        }

        await Time("cancel", number => scripts.Jobs.CancelAsync(canceled[number].Id, "bench", cancellation));
        return round;
    }

    /// <summary>One script's seconds over many rounds.</summary>
    public static Series Of(IEnumerable<ScriptRound> rounds, string script) => new(rounds.Select(round => round[script]));
}
