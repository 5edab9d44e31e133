using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Workers.Chaos.Clients;

/// <summary>
/// Sends a request again and again, to one API after the other, until somebody answers it: a client does not know why it got no answer.
/// </summary>
internal sealed class PatientClient(IReadOnlyList<Uri> apis, Journal journal, bool mayLose) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(15) };

    /// <summary>The answer; null where the job is gone and may be.</summary>
    /// <param name="first">Which API is asked first.</param>
    /// <param name="request">Made anew for each try.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<JsonNode?> SendAsync(int first, Func<Uri, HttpRequestMessage> request, CancellationToken cancellation)
    {
        for (var tries = first; ; tries++)
        {
            try
            {
                using var message = request(apis[tries % apis.Count]);
                using var reply = await http.SendAsync(message, cancellation);
                var body = await reply.Content.ReadAsStringAsync(cancellation);
                if (reply.StatusCode is HttpStatusCode.OK or HttpStatusCode.Accepted)
                    return JsonNode.Parse(body)!;
                if (mayLose && reply.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone)
                    return null;
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

    public void Dispose() => http.Dispose();

    private static bool IsOutage(Exception error, CancellationToken cancellation) =>
        error is HttpRequestException or IOException or JsonException || (error is TaskCanceledException && !cancellation.IsCancellationRequested);
}
