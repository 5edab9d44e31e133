using System.Runtime.CompilerServices;

namespace Workers.Server.Tests;

/// <summary>One server-sent event.</summary>
internal sealed record SseEvent(string? Id, string Type, string Data);

/// <summary>Reads a stream of server-sent events, as the HTML standard's parser does, as far as these tests need.</summary>
internal static class SseReader
{
    /// <summary>Connects and reads until the stream ends or the caller stops. A 204 is an ended stream.</summary>
    internal static async IAsyncEnumerable<SseEvent> ReadAsync(
        HttpClient http, string path, string? lastEventId, Action? connected = null,
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (lastEventId is not null)
            request.Headers.Add("Last-Event-ID", lastEventId);
        using var reply = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        reply.EnsureSuccessStatusCode();
        connected?.Invoke();
        using var reader = new StreamReader(await reply.Content.ReadAsStreamAsync(cancellation));
        string? id = null, type = null, data = null;
        while (await reader.ReadLineAsync(cancellation) is { } line)
        {
            if (line.Length == 0)
            {
                if (data is not null)
                    yield return new SseEvent(id, type ?? "message", data);
                (id, type, data) = (null, null, null);
                continue;
            }

            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
                continue;
            var value = line[(colon + 1)..].TrimStart(' ');
            switch (line[..colon])
            {
                case "id": id = value; break;
                case "event": type = value; break;
                case "data": data = data is null ? value : data + "\n" + value; break;
                default: break; // retry
            }
        }
    }
}
