using System.Text.Json.Nodes;
using Workers.Testing;

namespace Workers.Server.Tests;

/// <summary>A client that drops and comes back two hundred times, at either API process, has seen every durable event once and in order.</summary>
public sealed class EventStreamTests(ServerPair pair) : IClassFixture<ServerPair>
{
    private const int Drops = 200;

    [Fact]
    public async Task A_jobs_stream_survives_two_hundred_drops_over_two_api_processes()
    {
        var seen = new List<SseEvent>();
        string? last = null;
        var id = await pair.First.SubmitAsync(
            "testcard", "render", Card(seconds: 4, steps: 40),
            job => job["runAfter"] = DateTimeOffset.UtcNow.AddSeconds(1));
        for (var drop = 0; drop < Drops; drop++)
            last = await ReadSomeAsync(pair.Api(drop), $"/v1/jobs/{id}/events", last, seen, atMost: drop % 3);
        await foreach (var item in SseReader.ReadAsync(pair.Second.Http, $"/v1/jobs/{id}/events", last))
            Take(item, seen, ref last);
        var durable = seen.Where(item => item.Id is not null).ToList();
        Assert.Equal(["queued", "started", "artifact", "succeeded"], durable.Select(item => item.Type));
        Assert.Equal(durable.Select(item => item.Id).Distinct(), durable.Select(item => item.Id));

        // A reconnect after the end: 204, so that EventSource stops.
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/jobs/{id}/events");
        request.Headers.Add("Last-Event-ID", last);
        using var reply = await pair.First.Http.SendAsync(request);
        Assert.Equal(System.Net.HttpStatusCode.NoContent, reply.StatusCode);
    }

    [Fact]
    public async Task The_feed_of_all_jobs_survives_two_hundred_drops_over_two_api_processes()
    {
        var seen = new List<SseEvent>();
        var last = (string?)"0-0";
        var ids = new List<string>();
        for (var drop = 0; drop < Drops; drop++)
        {
            if (drop % 10 == 0)
                ids.Add(await pair.Api(drop / 10).SubmitAsync("testcard", "render", Card(seconds: 0, steps: 1)));
            last = await ReadSomeAsync(pair.Api(drop), "/v1/events", last, seen, atMost: drop % 3);
        }

        foreach (var id in ids)
            await pair.First.EndAsync(id);
        // Every job is over, so that every event is there to be read; a read that brings nothing more is the end.
        for (string? before = ""; before != last;)
            (before, last) = (last, await ReadSomeAsync(pair.Second, "/v1/events", last, seen, atMost: 1_000, patience: TimeSpan.FromSeconds(2)));

        var durable = seen.Where(item => item.Id is not null).ToList();
        Assert.Equal(durable.Count, durable.Select(item => item.Id).Distinct().Count());
        foreach (var id in ids)
            Assert.Equal(["queued", "started", "artifact", "succeeded"], durable.Where(item => JobOf(item) == id).Select(item => item.Type));
    }

    private static JsonObject Card(double seconds, int steps) => new() { ["width"] = 16, ["height"] = 16, ["seconds"] = seconds, ["steps"] = steps };

    // Connects, takes at most so many durable events (none: drops at once), and goes away in mid-stream.
    private static async Task<string?> ReadSomeAsync(
        ServerProcess api, string path, string? last, List<SseEvent> seen, int atMost, TimeSpan? patience = null)
    {
        var limit = DateTimeOffset.UtcNow + (patience ?? TimeSpan.FromMilliseconds(40));
        using var cut = new CancellationTokenSource();
        var connected = new TaskCompletionSource();
        var reading = Task.Run(async () =>
        {
            var taken = 0;
            try
            {
                await foreach (var item in SseReader.ReadAsync(api.Http, path, last, () => connected.TrySetResult(), cut.Token))
                {
                    if (taken >= atMost)
                        break;
                    Take(item, seen, ref last);
                    if (item.Id is not null)
                        taken++;
                }
            }
            catch (Exception error) when (error is IOException or HttpRequestException or OperationCanceledException)
            {
                // Cut off in mid-stream, as intended.
            }
            finally
            {
                connected.TrySetResult();
            }
        });
        await connected.Task.WithinLimitAsync();
        if (limit - DateTimeOffset.UtcNow is { Ticks: > 0 } rest)
            await Task.WhenAny(reading, Task.Delay(rest));
        await cut.CancelAsync();
        await reading.WithinLimitAsync();
        return last;
    }

    private static void Take(SseEvent item, List<SseEvent> seen, ref string? last)
    {
        seen.Add(item);
        last = item.Id ?? last;
    }

    private static string JobOf(SseEvent item) => JsonNode.Parse(item.Data)!["jobId"]!.GetValue<string>();
}

/// <summary>Two servers on one Redis and one folder of blobs: the second is an API alone.</summary>
public sealed class ServerPair : IAsyncLifetime, IDisposable
{
    private readonly TestRedis redis = new();
    private readonly TempFolder folder = new();

    internal ServerProcess First { get; private set; } = null!;

    internal ServerProcess Second { get; private set; } = null!;

    internal ServerProcess Api(int turn) => turn % 2 == 0 ? First : Second;

    public async Task InitializeAsync()
    {
        var config = DurabilityTests.Config(folder);
        First = await ServerProcess.StartAsync(folder.FullPath, [.. config, "--redis", redis.ConnectionString]);
        await First.EngineIsAvailableAsync("testcard");
        Second = await ServerProcess.StartAsync(folder.FullPath, [.. config, "--role", "api", "--redis", redis.ConnectionString]);
    }

    public async Task DisposeAsync()
    {
        foreach (var server in new[] { Second, First }.OfType<ServerProcess>())
            await server.DisposeAsync();
        await redis.DisposeAsync();
    }

    public void Dispose() => folder.Dispose();
}
