using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Workers.Chaos.Plan;

namespace Workers.Chaos.Clients;

/// <summary>Clients that submit the plan's jobs under idempotency keys, each again and again until it is acknowledged.</summary>
internal sealed class Submitters(IReadOnlyList<Uri> apis, ChaosSettings settings, Journal journal) : IDisposable
{
    private const int Clients = 8;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(15) };
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

    public void Dispose() => http.Dispose();

    private async Task SubmitAsync(JobRecipe job, int client, CancellationToken cancellation)
    {
        if (job.Twice)
            await Task.WhenAll(SendAsync(job, client, cancellation), SendAsync(job, client + 1, cancellation));
        else
            await SendAsync(job, client, cancellation);
        if (!job.Cancel)
            return;
        var id = journal.Acknowledgements.Last(known => known.Key == job.Key).JobId;
        await UntilAsync(client, api => new HttpRequestMessage(HttpMethod.Post, new Uri(api, $"/v1/jobs/{id}/cancel")), cancellation);
    }

    private async Task SendAsync(JobRecipe job, int client, CancellationToken cancellation)
    {
        var answer = await UntilAsync(
            client,
            api => new HttpRequestMessage(HttpMethod.Post, new Uri(api, "/v1/jobs"))
            {
                Content = new StringContent(job.Envelope, MediaTypeHeaderValue.Parse("application/json")),
                Headers = { { "Idempotency-Key", '"' + job.Key + '"' } },
            },
            cancellation);
        journal.Acknowledgements.Enqueue(new Acknowledgement(job.Key, (string)answer["id"]!));
    }

    // A client does not know why it got no answer; it asks another API, the same, until somebody acknowledges.
    private async Task<JsonNode> UntilAsync(int client, Func<Uri, HttpRequestMessage> request, CancellationToken cancellation)
    {
        for (var tries = client; ; tries++)
        {
            try
            {
                using var message = request(apis[tries % apis.Count]);
                using var reply = await http.SendAsync(message, cancellation);
                var body = await reply.Content.ReadAsStringAsync(cancellation);
                if (reply.StatusCode is HttpStatusCode.OK or HttpStatusCode.Accepted)
                    return JsonNode.Parse(body)!;
                if ((int)reply.StatusCode < 500 && reply.StatusCode != HttpStatusCode.TooManyRequests)
                    throw new InvalidOperationException($"A good request was answered {(int)reply.StatusCode}: {body}");
            }
            catch (Exception error) when (IsOutage(error, cancellation))
            {
                // Down, cut or stopped just now.
            }

            journal.NoteRepeat();
            await Task.Delay(Pause, cancellation);
        }
    }

    private static bool IsOutage(Exception error, CancellationToken cancellation) =>
        error is HttpRequestException or IOException or JsonException || (error is TaskCanceledException && !cancellation.IsCancellationRequested);
}
