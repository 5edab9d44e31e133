using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Workers.Bench.Renders;
using Workers.Bench.Report;
using Workers.Bench.Setup;
using Workers.Testing;

namespace Workers.Bench.Affinity;

/// <summary>Renders of twelve files in random order on two workers: jobs that go to the worker with their file open, beside strict order.</summary>
internal sealed class AffinityBench : IBench
{
    private const int Files = 12;
    private const int Requests = 600;
    private const int AtOnce = 32;
    private const int Workers = 2;
    private static readonly Target FewerLoads = new(0.4);
    private static readonly Target Quicker = new(1);

    public string Name => "affinity";

    public string Title => "(i) Twelve files, two workers, random order: with affinity and without";

    public async Task RunAsync(ResultsPage page, CancellationToken cancellation)
    {
        if (Programs.LacksBlender(page)) return;
        page.Say(
            "Variants of the sample, 64 px, 2 samples, another seed each time. 600 requests, 32 at once, in the same random order for both. A *load* is a "
            + "render whose worker had to open the file first. *Without*: the engine's `affinity` is false, jobs go strictly in order.");
        using var temp = new TempFolder();
        await Variants.MakeAsync(temp.FullPath, Files, cancellation);
        var (with, without) = (await MeasureAsync(temp.FullPath, affinity: true, cancellation), await MeasureAsync(temp.FullPath, affinity: false, cancellation));
        page.Row("seconds for all, with", new Series(with.Seconds), Unit.Seconds);
        page.Row("seconds for all, without", new Series(without.Seconds), Unit.Seconds);
        page.Row("with against without", new Series(with.Seconds / without.Seconds), Unit.Ratio, Quicker);
        page.Row("loads, with", new Series(with.Loads), Unit.Count);
        page.Row("loads, without", new Series(without.Loads), Unit.Count);
        page.Row("loads, with against without", new Series((double)with.Loads / without.Loads), Unit.Ratio, FewerLoads);
        page.Row("wait in the queue, with", with.Waits, Unit.Seconds);
        page.Row("wait in the queue, without", without.Waits, Unit.Seconds);
        page.Row("longest wait, with", new Series(with.Waits.Percentile(100)), Unit.Seconds);
        page.Row("longest wait, without", new Series(without.Waits.Percentile(100)), Unit.Seconds);
    }

    private static async Task<Measured> MeasureAsync(string folder, bool affinity, CancellationToken cancellation)
    {
        Progress.Say(affinity ? "with affinity" : "without affinity");
        await using var server = await BenchServer.StartAsync(
            "blender", new JsonObject { ["workers"] = Workers, ["affinity"] = affinity }, TestDurability.Always, cancellation);
        var files = new List<string>();
        foreach (var file in Directory.GetFiles(folder).Order(StringComparer.Ordinal))
            files.Add(await server.Client.UploadAsync(file, cancellation));
        var order = new Random(12);
        var next = new Queue<(string File, int Seed)>(Enumerable.Range(0, Requests).Select(number => (files[order.Next(Files)], number)));
        var jobs = new List<JsonElement>();
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ =>
        {
            while (Next() is var (file, seed))
            {
                var job = await server.Client.PostAsync("/v1/jobs?wait=60", Envelope(file, seed), cancellation);
                lock (jobs) jobs.Add(job);
            }
        }));
        var seconds = clock.Elapsed.TotalSeconds;
        if (jobs.FirstOrDefault(job => job.GetProperty("state").GetString() != "succeeded") is { ValueKind: JsonValueKind.Object } odd)
            throw new InvalidOperationException($"A render did not succeed: {odd}");
        return new Measured(
            seconds,
            jobs.Count(job => job.GetProperty("warm").GetString() != "file"),
            new Series(jobs.Select(job => job.GetProperty("timings").GetProperty("queueSeconds").GetDouble())));

        (string File, int Seed)? Next()
        {
            lock (next) return next.TryDequeue(out var one) ? one : null;
        }
    }

    private static JsonObject Envelope(string file, int seed) => new()
    {
        ["engine"] = "blender",
        ["function"] = "render",
        ["input"] = new JsonObject
        {
            ["file"] = file,
            ["camera"] = "Hero",
            ["width"] = 64,
            ["height"] = 64,
            ["samples"] = 2,
            ["set"] = new JsonObject { ["objects[\"Hero\"].location[2]"] = 5 + (seed * 0.001) },
        },
    };

    private sealed record Measured(double Seconds, int Loads, Series Waits);
}
