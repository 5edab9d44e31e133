using System.Diagnostics;
using System.Text.Json.Nodes;
using Workers.Bench.Renders;
using Workers.Bench.Report;
using Workers.Bench.Setup;
using Workers.Testing;

namespace Workers.Bench.Stopping;

/// <summary>How soon a cancel ends a render, and how soon a job runs again whose worker was killed.</summary>
internal sealed class StoppingBench : IBench
{
    private const int Cancels = 20;
    private const int Kills = 40;
    private const int KilledWorkers = 3;
    private static readonly Target CancelSoon = new(1);
    private static readonly Target RunningSoon = new(1, 0.1);

    public string Name => "stopping";

    public string Title => "(d) A cancel in mid-render, and a worker killed in mid-job";

    public async Task RunAsync(ResultsPage page, CancellationToken cancellation)
    {
        await KillAsync(page, cancellation);
        if (Programs.Blender is not null) await CancelAsync(page, cancellation);
        else page.NotMeasured("Blender was not found, so no render could be canceled; install it, or set BLENDER=/path/to/blender.");
    }

    private static async Task CancelAsync(ResultsPage page, CancellationToken cancellation)
    {
        Progress.Say("canceling renders");
        await using var server = await BenchServer.StartAsync("blender", 1, TestDurability.Always, cancellation);
        var file = await server.Client.UploadAsync(Product.Path, cancellation);
        var before = (await server.WorkersAsync(cancellation))[0].Pid;
        var latencies = new Series();
        for (var round = 0; round < Cancels; round++)
        {
            var input = new JsonObject { ["file"] = file, ["camera"] = "Hero", ["width"] = 512, ["height"] = 512, ["samples"] = 64 };
            var job = await SubmitAsync(server.Client, "blender", input, cancellation);
            latencies.Add(await CancelOneAsync(server.Client, job, LaterBy(round), cancellation));
        }

        var after = (await server.WorkersAsync(cancellation))[0].Pid;
        page.Row("cancel 0–0.7 s after the first progress of 512 px, 64 spp, until the event `canceled`", latencies, Unit.Seconds, CancelSoon);
        page.Say(
            $"The worker's process was {before} before the first cancel and {after} after the last: "
            + $"{(before == after ? "it was kept" : "**it was lost**")}.");
    }

    // Progress comes at the end of a chunk, where a cancel is heard at once: a render must also be canceled everywhere in between.
    private static TimeSpan LaterBy(int round) => TimeSpan.FromMilliseconds(round * 37);

    /// <summary>Cancels a render some time after it first told how far it is.</summary>
    /// <returns>Seconds from the cancel's request to the job's last event.</returns>
    private static async Task<double> CancelOneAsync(LeanClient client, string job, TimeSpan later, CancellationToken cancellation)
    {
        var asked = 0L;
        await foreach (var (kind, data, at) in client.EventsAsync(job, cancellation))
        {
            if (kind == "progress" && asked == 0)
            {
                await Task.Delay(later, cancellation);
                asked = Stopwatch.GetTimestamp();
                await client.PostAsync($"/v1/jobs/{job}/cancel", null, cancellation);
            }
            else if (kind == "canceled") return Stopwatch.GetElapsedTime(asked, at).TotalSeconds;
            else if (kind is "succeeded" or "failed") throw new InvalidOperationException($"The job to cancel {kind}: {data}");
        }

        throw new InvalidOperationException("The stream ended before the job did.");
    }

    private static async Task KillAsync(ResultsPage page, CancellationToken cancellation)
    {
        Progress.Say("killing workers");
        await using var server = await BenchServer.StartAsync("testcard", KilledWorkers, TestDurability.Always, cancellation);
        var latencies = new Series();
        for (var round = 0; round < Kills; round++)
        {
            await Eventually.HoldsAsync(
                async () => (await server.WorkersAsync(cancellation)).Count(worker => worker.State == "ready") >= 2, "two workers are ready");
            var input = new JsonObject { ["width"] = 64, ["height"] = 64, ["seed"] = round, ["seconds"] = 0.3 };
            latencies.Add(await KillOneAsync(server, await SubmitAsync(server.Client, "testcard", input, cancellation), cancellation));
        }

        page.Row("kill -9 of the worker in mid-job, until the event `started` of attempt 2", latencies, Unit.Seconds, RunningSoon);
        page.Row("the same, its p99", new Series(latencies.Percentile(99)), Unit.Seconds, RunningSoon);
    }

    /// <summary>Kills a job's worker when it has started.</summary>
    /// <returns>Seconds from the kill to the second attempt's start.</returns>
    private static async Task<double> KillOneAsync(BenchServer server, string job, CancellationToken cancellation)
    {
        var killed = 0L;
        await foreach (var (kind, data, at) in server.Client.EventsAsync(job, cancellation))
        {
            if (kind == "started" && killed == 0)
            {
                var pid = (await server.Client.GetAsync("/v1/jobs/" + job, cancellation)).GetProperty("worker").GetProperty("pid").GetInt32();
                killed = Stopwatch.GetTimestamp();
                Signals.SendKill(pid);
            }
            else if (kind == "started") return Stopwatch.GetElapsedTime(killed, at).TotalSeconds;
            else if (kind is "succeeded" or "failed") throw new InvalidOperationException($"The job {kind} before its worker was gone: {data}");
        }

        throw new InvalidOperationException("The stream ended before the job did.");
    }

    private static async Task<string> SubmitAsync(LeanClient client, string engine, JsonObject input, CancellationToken cancellation)
    {
        var envelope = new JsonObject { ["engine"] = engine, ["function"] = "render", ["input"] = input };
        return (await client.PostAsync("/v1/jobs", envelope, cancellation)).GetProperty("id").GetString()!;
    }
}
