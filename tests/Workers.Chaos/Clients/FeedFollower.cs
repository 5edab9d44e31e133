namespace Workers.Chaos.Clients;

/// <summary>Follows the feed of all jobs by server-sent events and notes every id it is given; drops the connection when told to.</summary>
internal sealed class FeedFollower(IReadOnlyList<Uri> apis, int number) : IDisposable
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(20); // A live feed says something every 15 s.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly HttpClient http = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly List<string> seen = [];
    private CancellationTokenSource connection = new();
    private int resets;
    private int connections;

    /// <summary>The ids in the order they came.</summary>
    public IReadOnlyList<string> Seen
    {
        get
        {
            lock (seen) return [.. seen];
        }
    }

    /// <summary>How often it was told that something is gone.</summary>
    public int Resets => resets;

    /// <summary>How often it connected.</summary>
    public int Connections => connections;

    /// <summary>Ends the connection in use.</summary>
    public void Drop()
    {
        lock (seen) connection.Cancel();
    }

    /// <summary>Follows until canceled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        for (var tries = number; !cancellation.IsCancellationRequested; tries++)
        {
            using var once = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            lock (seen) connection = once;
            try
            {
                await ReadAsync(new Uri(apis[tries % apis.Count], "/v1/events"), once);
            }
            catch (Exception error) when (error is OperationCanceledException or HttpRequestException or IOException)
            {
                // Dropped, cut, silent or refused: connect again, to the next.
            }

            await Task.WhenAny(Task.Delay(Pause, cancellation));
        }
    }

    public void Dispose() => http.Dispose();

    private async Task ReadAsync(Uri feed, CancellationTokenSource once)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, feed);
        request.Headers.Accept.ParseAdd("text/event-stream");
        lock (seen)
        {
            if (seen.Count > 0)
                request.Headers.Add("Last-Event-ID", seen[^1]);
        }

        once.CancelAfter(Silence);
        using var reply = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, once.Token);
        reply.EnsureSuccessStatusCode();
        Interlocked.Increment(ref connections);
        using var reader = new StreamReader(await reply.Content.ReadAsStreamAsync(once.Token));
        string? id = null;
        while (await reader.ReadLineAsync(once.Token) is { } line)
        {
            once.CancelAfter(Silence);
            if (line.StartsWith("id:", StringComparison.Ordinal))
                id = line[3..].Trim();
            else if (line.StartsWith("event: reset", StringComparison.Ordinal))
                Interlocked.Increment(ref resets);
            else if (line.Length == 0 && id is not null)
                Note(id, out id);
        }
    }

    // Only a whole event counts: one that was cut off comes again.
    private void Note(string id, out string? next)
    {
        lock (seen) seen.Add(id);
        next = null;
    }
}
