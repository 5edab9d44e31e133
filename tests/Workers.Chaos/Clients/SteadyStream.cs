using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Workers.Chaos.Clients;

/// <summary>
/// A small card at a steady rate, ahead of all other jobs, however long the ones before take: how long somebody waits for a picture while everything
/// breaks, all that has to be sent again included.
/// </summary>
internal sealed class SteadyStream(PatientClient patient, Journal journal, int seed)
{
    /// <summary>How keys of its jobs begin.</summary>
    public const string KeyPrefix = "stream ";

    private const int MostAtOnce = 200;
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(250);
    private readonly List<double> seconds = [];

    /// <summary>Median, 99th percentile and longest, in seconds; and how many.</summary>
    public (int Count, double Median, double NinetyNinth, double Longest) Figures
    {
        get
        {
            var sorted = seconds.Order().ToList();
            return sorted.Count == 0 ? default : (sorted.Count, sorted[sorted.Count / 2], sorted[(int)(0.99 * (sorted.Count - 1))], sorted[^1]);
        }
    }

    /// <summary>Calls until it is told to end; returns when the last call is answered.</summary>
    public async Task RunAsync(CancellationToken end, CancellationToken cancellation)
    {
        var underWay = new List<Task>();
        using var timer = new PeriodicTimer(Every);
        try
        {
            for (var number = 0; await timer.WaitForNextTickAsync(end); number++)
            {
                underWay.RemoveAll(task => task.IsCompletedSuccessfully);
                if (underWay.Count < MostAtOnce)
                    underWay.Add(CallAsync(number, cancellation));
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // Enough.
        }

        await Task.WhenAll(underWay);
    }

    private async Task CallAsync(int number, CancellationToken cancellation)
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"{KeyPrefix}{seed} {number}");
        var envelope = new JsonObject
        {
            ["engine"] = "testcard", ["function"] = "render", ["priority"] = 90, ["maxAttempts"] = 10,
            ["input"] = new JsonObject { ["width"] = 16, ["height"] = 16, ["seed"] = 1_000_000 + number },
        }.ToJsonString();
        var clock = Stopwatch.StartNew();
        string? state = null;
        while (state is not ("succeeded" or "failed" or "canceled"))
        {
            var submitted = await patient.SendAsync(
                number,
                api => new HttpRequestMessage(HttpMethod.Post, new Uri(api, "/v1/jobs"))
                {
                    Content = new StringContent(envelope, MediaTypeHeaderValue.Parse("application/json")),
                    Headers = { { "Idempotency-Key", '"' + key + '"' } },
                },
                cancellation);
            if ((string?)submitted?["id"] is not { } id)
                continue;
            journal.Acknowledgements.Enqueue(new Acknowledgement(key, id));
            // Gone with its Redis: it is sent again.
            for (state = ""; state is not (null or "succeeded" or "failed" or "canceled");)
                state = (string?)(await patient.SendAsync(number, api => new(HttpMethod.Get, new Uri(api, $"/v1/jobs/{id}?wait=5")), cancellation))?["state"];
        }

        lock (seconds) seconds.Add(clock.Elapsed.TotalSeconds);
    }
}
