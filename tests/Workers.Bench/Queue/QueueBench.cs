using System.Globalization;
using Workers.Bench.Report;

namespace Workers.Bench.Queue;

/// <summary>Whether a deep queue costs more than a shallow one.</summary>
internal sealed class QueueBench : IBench
{
    private const int Shallow = 100;
    private const int Deep = 100_000;
    private const int Rounds = 25;
    private static readonly Target NoDearer = new(1.2);

    public string Name => "queue";

    public string Title => string.Create(CultureInfo.InvariantCulture, $"(c) Queue of {Shallow} and of {Deep:#,0}: script times, memory, reads");

    public async Task RunAsync(ResultsPage page, CancellationToken cancellation)
    {
        await using var shallow = await FilledQueue.StartAsync(Shallow, cancellation);
        Progress.Say($"queueing {Deep} jobs");
        await using var deep = await FilledQueue.StartAsync(Deep, cancellation);
        await CompareScriptsAsync(page, shallow, deep, cancellation);
        page.Row("Redis memory a queued job, at 100,000", new Series(deep.BytesPerJob), Unit.Bytes);
        page.Row("Redis memory of 100,000 queued jobs", new Series(deep.BytesPerJob * Deep), Unit.Bytes);
    }

    private static async Task CompareScriptsAsync(ResultsPage page, FilledQueue shallow, FilledQueue deep, CancellationToken cancellation)
    {
        Progress.Say("timing scripts");
        await ScriptRound.RunAsync(shallow, cancellation); // Loads the scripts, and warms both sides up.
        await ScriptRound.RunAsync(deep, cancellation);
        var (few, many) = (new List<ScriptRound>(), new List<ScriptRound>());
        for (var round = 0; round < Rounds; round++)
        {
            few.Add(await ScriptRound.RunAsync(shallow, cancellation));
            many.Add(await ScriptRound.RunAsync(deep, cancellation));
        }

        page.Say("Script times are Redis's own (`INFO commandstats`, evalsha, mean of 40 calls a round). No log, ten clients, each round leaves the depth as it was.");
        foreach (var script in ScriptRound.Names)
        {
            page.Row($"{script}.lua at 100", ScriptRound.Of(few, script), Unit.Seconds);
            page.Row($"{script}.lua at 100,000", ScriptRound.Of(many, script), Unit.Seconds);
            page.Row($"{script}.lua: 100,000 against 100", new Series(few.Zip(many, (one, other) => other[script] / one[script])), Unit.Ratio, NoDearer);
        }
    }
}
