using System.Globalization;
using Workers.Bench.Report;
using Workers.Bench.Setup;

namespace Workers.Bench.Queue;

/// <summary>Whether a deep queue costs more than a shallow one.</summary>
internal sealed class QueueBench : IBench
{
    private const int Shallow = 100;
    private const int Deep = 100_000;
    private const int Rounds = 25;
    private const int ReadClients = 8;
    private const int ReadRounds = 5;
    private static readonly TimeSpan ReadTime = TimeSpan.FromSeconds(1);
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
        await CompareReadsAsync(page, shallow, deep, cancellation);
    }

    private static async Task CompareReadsAsync(ResultsPage page, FilledQueue shallow, FilledQueue deep, CancellationToken cancellation)
    {
        Progress.Say("reading jobs over HTTP");
        await using var few = await BenchServer.StartApiAsync(shallow.Redis, cancellation);
        await using var many = await BenchServer.StartApiAsync(deep.Redis, cancellation);
        Task<double> Read(BenchServer server, FilledQueue queue) => Load.PerSecondAsync(
            ReadClients, ReadTime, () => server.Client.GetAsync("/v1/jobs/" + queue.Ids[Random.Shared.Next(queue.Depth)], cancellation));

        await Read(few, shallow); // Warms both up.
        await Read(many, deep);
        var (fewRates, manyRates) = (new Series(), new Series());
        for (var round = 0; round < ReadRounds; round++)
        {
            fewRates.Add(await Read(few, shallow));
            manyRates.Add(await Read(many, deep));
        }

        page.Row("GET /v1/jobs/{id}, eight clients, at 100", fewRates, Unit.PerSecond);
        page.Row("GET /v1/jobs/{id}, eight clients, at 100,000", manyRates, Unit.PerSecond);
        page.Row(
            "GET /v1/jobs/{id}: time at 100,000 against 100",
            new Series(fewRates.Values.Zip(manyRates.Values, (one, other) => one / other)),
            Unit.Ratio);
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

        page.Say(
            "Script times are Redis's own (`INFO commandstats`, evalsha, mean of 40 calls a round). "
            + "No log, ten clients, each round leaves the depth as it was.");
        foreach (var script in ScriptRound.Names)
        {
            page.Row($"{script}.lua at 100", ScriptRound.Of(few, script), Unit.Seconds);
            page.Row($"{script}.lua at 100,000", ScriptRound.Of(many, script), Unit.Seconds);
            page.Row(
                $"{script}.lua: 100,000 against 100",
                new Series(few.Zip(many, (one, other) => other[script] / one[script])), Unit.Ratio, NoDearer);
        }
    }
}
