using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Workers.Api.Events;

/// <summary>
/// Writes server-sent events (WHATWG HTML, 9.2). The framework's own result writes neither comments nor a <c>retry</c> of its own, and a stream
/// here needs both: pings keep proxies from closing it, and a slow reader is felt at <see cref="FlushAsync"/>, which waits for it.
/// </summary>
internal sealed class SseWriter(HttpContext context)
{
    private const int RetryMilliseconds = 2000;
    private readonly PipeWriter output = context.Response.BodyWriter;

    /// <summary>Sends the headers and the reconnect delay.</summary>
    public async Task BeginAsync(CancellationToken cancellation)
    {
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache, no-transform";
        response.Headers["X-Accel-Buffering"] = "no";
        Write($"retry: {RetryMilliseconds}\n\n");
        await FlushAsync(cancellation);
    }

    /// <summary>Adds one event; <see cref="FlushAsync"/> sends it.</summary>
    /// <param name="type">Its name.</param>
    /// <param name="data">One or more lines.</param>
    /// <param name="id">Its id; none for events that are not replayed.</param>
    public void Event(string type, string data, string? id = null)
    {
        if (id is not null)
            Write($"id: {id}\n");
        Write($"event: {type}\n");
        foreach (var line in data.AsSpan().EnumerateLines())
        {
            Write("data: ");
            Write(line);
            Write("\n");
        }

        Write("\n");
    }

    /// <summary>Adds a comment, which readers skip.</summary>
    public void Ping() => Write(": ping\n\n");

    /// <summary>Sends what was added; waits while the reader is slow.</summary>
    public async Task FlushAsync(CancellationToken cancellation)
    {
        var flushed = await output.FlushAsync(cancellation);
        if (flushed.IsCompleted || flushed.IsCanceled)
            throw new OperationCanceledException("The reader left.", context.RequestAborted);
    }

    private void Write(ReadOnlySpan<char> text) => Encoding.UTF8.GetBytes(text, output);
}
