using System.Net;
using System.Text.Json.Nodes;
using Workers.Api.Tests.Support;

namespace Workers.Api.Tests;

/// <summary>Server-sent events: every durable event exactly once and in order, whatever the reader does.</summary>
public sealed class EventTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private static readonly string[] Life = ["queued", "started", "artifact", "artifact", "succeeded"];

    [Fact]
    public async Task A_job_is_followed_from_its_submit_to_its_end()
    {
        using var submit = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs")
        {
            Content = new StringContent("""{"engine":"testcard","function":"render"}""", System.Text.Encoding.UTF8, "application/json"),
        };
        submit.Headers.TryAddWithoutValidation("Accept", "text/event-stream");
        using var response = await api.Client.SendAsync(submit, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new SseReader(response, await response.Content.ReadAsStreamAsync());
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(
            "no-cache, no-transform",
            response.Headers.GetValues("Cache-Control").Single()
                .Replace("no-transform, no-cache", "no-cache, no-transform", StringComparison.Ordinal));
        Assert.Equal("no", response.Headers.GetValues("X-Accel-Buffering").Single());

        Assert.Equal("queued", (await reader.NextAsync())!.Type);
        var claimed = await api.Node.ClaimAsync();
        Assert.Equal("started", (await reader.NextAsync())!.Type);
        await api.Node.ProgressAsync(claimed, 0.5);
        var progress = (await reader.NextAsync())!;
        Assert.Equal(("progress", null, 0.5), (progress.Type, progress.Id, (double?)JsonNode.Parse(progress.Data)!["fraction"]));
        await api.Node.SnapshotAsync(claimed);
        var snapshot = (await reader.NextAsync())!;
        Assert.Equal(("snapshot", null), (snapshot.Type, snapshot.Id));
        using var picture = await api.Client.GetAsync((string)JsonNode.Parse(snapshot.Data)!["url"]!);
        Assert.Equal(NodeActor.Picture, await picture.Content.ReadAsByteArrayAsync());
        await api.Node.CompleteAsync(claimed);
        var rest = await reader.AllAsync();
        Assert.Equal(["artifact", "artifact", "succeeded"], rest.Where(item => item.Id is not null).Select(item => item.Type));
        Assert.All(rest, item => Assert.Equal(claimed.Job.Id, (string?)JsonNode.Parse(item.Data)!["jobId"]));
    }

    [Fact]
    public async Task A_reader_that_drops_200_times_gets_every_event_once_and_in_order()
    {
        await using var second = await ApiHost.StartAsync(api.Redis.ConnectionString);
        var id = await SubmitAsync();
        List<SseEvent> seen = [];
        var dropped = new SemaphoreSlim(0);
        var running = Task.Run(async () =>
        {
            var claimed = await api.Node.ClaimAsync();
            for (var i = 1; i <= 20; i++)
                await api.Node.ProgressAsync(claimed, i / 20.0);
            await dropped.WaitAsync(Eventually.Limit);
            await api.Node.CompleteAsync(claimed);
        });
        for (var drop = 0; seen is not [.., { Type: "succeeded" }]; drop++)
        {
            using var reader = await SseReader.OpenAsync(
                drop % 2 == 0 ? api.Client : second.Client, $"/v1/jobs/{id}/events", seen is [.., { Id: var last }] ? last : null);
            if (drop == 198)
                dropped.Release();
            // The first two stay for one durable event each; then 196 leave at once; the last ones stay again.
            var stays = drop is 1 or 2 or >= 198;
            while (stays && await reader.NextAsync() is { } next)
            {
                if (next.Id is null)
                    continue;
                seen.Add(next);
                break;
            }

            Assert.True(drop < 250);
        }

        await running.WithinLimitAsync();
        Assert.Equal(Life, seen.Select(item => item.Type));
        Assert.Equal(5, seen.Select(item => item.Id).Distinct().Count());
    }

    [Fact]
    public async Task Who_has_the_last_event_gets_204_and_who_asks_anew_gets_all()
    {
        var id = await SubmitAsync();
        await api.Node.RunOneAsync();
        using var all = await SseReader.OpenAsync(api.Client, $"/v1/jobs/{id}/events");
        var events = await all.AllAsync();
        Assert.Equal(Life, events.Select(item => item.Type));
        using var again = await SseReader.OpenAsync(api.Client, $"/v1/jobs/{id}/events", events[^1].Id);
        Assert.Equal(HttpStatusCode.NoContent, again.Response.StatusCode);
        using var middle = await SseReader.OpenAsync(api.Client, $"/v1/jobs/{id}/events?after={events[1].Id}");
        Assert.Equal(["artifact", "artifact", "succeeded"], (await middle.AllAsync()).Select(item => item.Type));
    }

    [Fact]
    public async Task The_feed_of_all_jobs_goes_on_through_another_API_process_without_gap_or_double()
    {
        await using var second = await ApiHost.StartAsync(api.Redis.ConnectionString);
        using var first = await SseReader.OpenAsync(api.Client, "/v1/events");
        List<SseEvent> seen = [];
        List<string> ids = [];
        for (var round = 0; round < 10; round++)
        {
            ids.Add(await SubmitAsync());
            await api.Node.RunOneAsync();
            if (round == 0)
                seen.Add((await first.NextAsync())!);
            else
            {
                using var reader = await SseReader.OpenAsync(round % 2 == 0 ? api.Client : second.Client, "/v1/events", seen[^1].Id);
                for (var i = 0; i < 3; i++)
                    seen.Add((await reader.NextAsync())!);
            }
        }

        using var last = await SseReader.OpenAsync(second.Client, $"/v1/events?after={seen[^1].Id}");
        while (seen.Count < 50)
            seen.Add((await last.NextAsync())!);
        Assert.Equal(
            ids.SelectMany(id => Life.Select(type => (id, type))),
            seen.Select(item => ((string)JsonNode.Parse(item.Data)!["jobId"]!, item.Type)));

        using var filtered = await SseReader.OpenAsync(api.Client, $"/v1/events?type=succeeded&after={seen[0].Id}");
        for (var i = 0; i < 10; i++)
            Assert.Equal("succeeded", (await filtered.NextAsync())!.Type);
    }

    [Fact]
    public async Task What_is_older_than_the_log_is_told_by_one_reset()
    {
        var id = await SubmitAsync();
        await api.Node.RunOneAsync();
        using var all = await SseReader.OpenAsync(api.Client, $"/v1/jobs/{id}/events");
        var events = await all.AllAsync();
        api.Redis.Command("XTRIM", $"{{workers}}:job:{id}:events", "MAXLEN", "1");
        api.Redis.Command("XTRIM", "{workers}:events", "MAXLEN", "1");

        using var job = await SseReader.OpenAsync(api.Client, $"/v1/jobs/{id}/events", events[0].Id);
        var reset = Assert.Single(await job.AllAsync());
        Assert.Equal(("reset", events[^1].Id, "succeeded"), (reset.Type, reset.Id, (string?)JsonNode.Parse(reset.Data)!["job"]!["state"]));

        using var feed = await SseReader.OpenAsync(api.Client, "/v1/events", "1-0");
        var told = (await feed.NextAsync())!;
        Assert.Equal(("reset", told.Id), (told.Type, (string?)JsonNode.Parse(told.Data)!["position"]));
        await SubmitAsync();
        await api.Node.RunOneAsync();
        Assert.Equal("queued", (await feed.NextAsync())!.Type);
    }

    [Fact]
    public async Task A_reader_that_does_not_read_misses_progress_but_no_event()
    {
        var id = await SubmitAsync();
        using var reader = await SseReader.OpenAsync(api.Client, $"/v1/jobs/{id}/events");
        var claimed = await api.Node.ClaimAsync();
        for (var i = 1; i <= 300; i++)
            await api.Node.ProgressAsync(claimed, i / 300.0);
        await api.Node.CompleteAsync(claimed);
        var events = await reader.AllAsync();
        Assert.Equal(Life, events.Where(item => item.Id is not null).Select(item => item.Type));
        var fractions = events.Where(item => item.Type == "progress").Select(item => (double)JsonNode.Parse(item.Data)!["fraction"]!).ToList();
        Assert.Equal(fractions.Order(), fractions);
        Assert.True(fractions.Count <= 300);
    }

    [Fact]
    public async Task Readers_are_served_when_Redis_forgets_to_publish()
    {
        // The subscriptions are cut: only the periodic look is left, until they come back.
        var id = await SubmitAsync();
        using var reader = await SseReader.OpenAsync(api.Client, $"/v1/jobs/{id}/events");
        Assert.Equal("queued", (await reader.NextAsync())!.Type);
        api.Redis.Command("CLIENT", "KILL", "TYPE", "pubsub");
        await api.Node.RunOneAsync();
        Assert.Equal(
            ["started", "artifact", "artifact", "succeeded"],
            (await reader.AllAsync()).Where(item => item.Id is not null).Select(item => item.Type));
    }

    private async Task<string> SubmitAsync()
    {
        using var response = await api.Client.PostJsonAsync("/v1/jobs", """{"engine":"testcard","function":"render"}""");
        return (string)(await response.JobAsync(HttpStatusCode.Accepted))["id"]!;
    }
}
