using System.Net.Http.Headers;
using Workers.Chaos.Plan;

namespace Workers.Chaos.Clients;

/// <summary>Clients that submit the plan's jobs under idempotency keys, each again and again until it is acknowledged.</summary>
internal sealed class Submitters(PatientClient patient, ChaosSettings settings, Journal journal)
{
    private const int Clients = 8;
    private int next;

    /// <summary>Submits all jobs, evenly over the time; returns when the last is acknowledged.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var began = DateTime.UtcNow;
        var pause = TimeSpan.FromSeconds(settings.Seconds) / settings.Jobs;
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(
            async () =>
            {
                for (int number; (number = Interlocked.Increment(ref next) - 1) < settings.Jobs;)
                {
                    var left = began + (number * pause) - DateTime.UtcNow;
                    if (left > TimeSpan.Zero)
                        await Task.Delay(left, cancellation);
                    await SubmitAsync(JobRecipe.Of(settings.Seed, number), client, cancellation);
                }
            },
            cancellation)));
    }

    private async Task SubmitAsync(JobRecipe job, int client, CancellationToken cancellation)
    {
        if (job.Twice)
            await Task.WhenAll(SendAsync(job, client, cancellation), SendAsync(job, client + 1, cancellation));
        else
            await SendAsync(job, client, cancellation);
        if (!job.Cancel || journal.Acknowledgements.LastOrDefault(known => known.Key == job.Key)?.JobId is not { } id)
            return;
        await patient.SendAsync(client, api => new HttpRequestMessage(HttpMethod.Post, new Uri(api, $"/v1/jobs/{id}/cancel")), cancellation);
    }

    private async Task SendAsync(JobRecipe job, int client, CancellationToken cancellation)
    {
        var answer = await patient.SendAsync(
            client,
            api => new HttpRequestMessage(HttpMethod.Post, new Uri(api, "/v1/jobs"))
            {
                Content = new StringContent(job.Envelope, MediaTypeHeaderValue.Parse("application/json")),
                Headers = { { "Idempotency-Key", '"' + job.Key + '"' } },
            },
            cancellation);
        if (answer is not null)
            journal.Acknowledgements.Enqueue(new Acknowledgement(job.Key, (string)answer["id"]!));
    }
}
