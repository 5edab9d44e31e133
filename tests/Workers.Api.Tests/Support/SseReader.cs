using System.Text;

namespace Workers.Api.Tests.Support;

/// <summary>One event as a browser's EventSource would give it.</summary>
internal sealed record SseEvent(string? Id, string Type, string Data);

/// <summary>Reads server-sent events from a response, line by line, with a limit against hanging.</summary>
internal sealed class SseReader(HttpResponseMessage response, Stream body) : IDisposable
{
    private readonly StreamReader lines = new(body, Encoding.UTF8);

    public List<string> Comments { get; } = [];

    public HttpResponseMessage Response { get; } = response;

    public static async Task<SseReader> OpenAsync(HttpClient client, string path, string? lastEventId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (lastEventId is not null)
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WithinLimitAsync();
        return new SseReader(response, await response.Content.ReadAsStreamAsync());
    }

    /// <summary>The next event, or null when the stream has ended.</summary>
    public async Task<SseEvent?> NextAsync()
    {
        string? id = null, type = null;
        List<string> data = [];
        while (await lines.ReadLineAsync().WithinLimitAsync() is { } line)
        {
            if (line.StartsWith(':'))
                Comments.Add(line);
            else if (line.StartsWith("id: ", StringComparison.Ordinal))
                id = line[4..];
            else if (line.StartsWith("event: ", StringComparison.Ordinal))
                type = line[7..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
                data.Add(line[6..]);
            else if (line.Length == 0 && type is not null)
                return new SseEvent(id, type, string.Join('\n', data));
        }

        return null;
    }

    /// <summary>Every event up to the end of the stream.</summary>
    public async Task<List<SseEvent>> AllAsync()
    {
        List<SseEvent> all = [];
        while (await NextAsync() is { } next)
            all.Add(next);
        return all;
    }

    public void Dispose()
    {
        lines.Dispose();
        Response.Dispose();
    }
}
