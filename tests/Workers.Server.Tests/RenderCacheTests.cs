using System.Net;
using System.Text.Json.Nodes;
using Workers.Testing;

namespace Workers.Server.Tests;

/// <summary>Stored results and single flight, over real processes: what is answered without a render, and what never is.</summary>
public sealed class RenderCacheTests(CachingServers servers) : IClassFixture<CachingServers>
{
    private const string Stored = "workers; fwd=miss; stored";
    private const string Collapsed = "workers; fwd=miss; collapsed";
    private const string Hit = "workers; hit";

    [Fact]
    public async Task Five_hundred_at_once_over_two_processes_are_one_render_and_get_its_bytes()
    {
        var call = servers.Call("\"seconds\":0.5");
        var answers = await Task.WhenAll(Enumerable.Range(0, 500).Select(i => call.SendAsync(i % 2 == 0 ? servers.First : servers.Second)));
        Assert.Equal(1, call.Runs);
        Assert.All(answers, answer => Assert.Equal((HttpStatusCode.OK, answers[0].Body, answers[0].ETag), (answer.Code, answer.Body, answer.ETag)));
        Assert.Single(answers.Select(answer => answer.JobId).Distinct());
        Assert.Single(answers, answer => answer.Status == Stored);
        Assert.All(answers, answer => Assert.Contains(answer.Status, new[] { Stored, Collapsed, Hit }));
        Assert.Equal(Hit, (await call.SendAsync(servers.Second)).Status);
        Assert.Equal(1, call.Runs);
    }

    [Fact]
    public async Task A_worker_killed_in_the_middle_costs_none_of_five_hundred_the_picture_and_one_that_leaves_cancels_nothing()
    {
        var call = servers.Call("\"seconds\":1.5");
        using var leaving = new CancellationTokenSource();
        var left = servers.First.Http.SendAsync(call.Request(""), leaving.Token);
        var waiting = Enumerable.Range(0, 500).Select(i => call.SendAsync(i % 2 == 0 ? servers.First : servers.Second)).ToList();
        await Eventually.HoldsAsync(() => call.Runs == 1, "the first attempt runs");
        var job = (string)(await servers.First.GetAsync("/v1/jobs?state=running"))["jobs"]![0]!["id"]!;
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        Signals.SendKill((int)(await servers.First.GetAsync($"/v1/jobs/{job}"))["worker"]!["pid"]!);

        var answers = await Task.WhenAll(waiting);
        Assert.Equal(["1", "2"], await File.ReadAllLinesAsync(call.Tally));
        Assert.All(answers, answer => Assert.Equal((HttpStatusCode.OK, answers[0].Body, answers[0].ETag, job), (answer.Code, answer.Body, answer.ETag, answer.JobId)));
    }

    [Fact]
    public async Task Whoever_leaves_cancels_nothing_and_a_cancel_by_hand_tells_all_and_is_not_remembered()
    {
        var call = servers.Call("\"seconds\":1");
        using var leaving = new CancellationTokenSource();
        var first = servers.First.Http.SendAsync(call.Request(""), leaving.Token);
        await Eventually.HoldsAsync(() => call.Runs == 1, "it runs");
        var second = call.SendAsync(servers.Second);
        await JoinedAsync(call, 1);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal((HttpStatusCode.OK, Collapsed), ((await second).Code, (await second).Status));
        Assert.Equal(1, call.Runs);

        var other = servers.Call("\"seconds\":30");
        var waiting = new[] { other.SendAsync(servers.First), other.SendAsync(servers.Second) };
        await Eventually.HoldsAsync(() => other.Runs == 1, "it runs");
        await JoinedAsync(other, 1);
        var job = (string)(await servers.First.GetAsync("/v1/jobs?state=running"))["jobs"]![0]!["id"]!;
        (await servers.First.Http.PostAsync($"/v1/jobs/{job}/cancel", null)).EnsureSuccessStatusCode();
        foreach (var answer in await Task.WhenAll(waiting))
            Assert.Equal((HttpStatusCode.Conflict, "job_canceled"), (answer.Code, (string?)JsonNode.Parse(answer.Body)!["code"]));
        using var again = new CancellationTokenSource();
        var anew = servers.First.Http.SendAsync(other.Request(""), again.Token);
        await Eventually.HoldsAsync(() => other.Runs == 2, "it runs anew");
        await CancelRunningAsync();
        (await anew).Dispose();
    }

    [Fact]
    public async Task A_joiner_of_higher_priority_raises_the_job_in_its_queue()
    {
        (await servers.First.Http.PostAsync("/v1/engines/testcard/pause", null)).EnsureSuccessStatusCode();
        try
        {
            var low = servers.Call();
            var first = low.SendAsync(servers.First, "?priority=10");
            var queued = await Eventually.GivesAsync(QueuedAsync, "the queued job");
            Assert.Equal(10, (int?)queued["priority"]);
            var second = low.SendAsync(servers.Second, "?priority=90");
            await Eventually.HoldsAsync(async () => (int?)(await QueuedAsync())!["priority"] == 90, "it is raised");
            var third = low.SendAsync(servers.Second, "?priority=20");
            (await servers.First.Http.PostAsync("/v1/engines/testcard/resume", null)).EnsureSuccessStatusCode();
            var answers = await Task.WhenAll(first, second, third);
            Assert.Single(answers.Select(answer => answer.JobId).Distinct());
            Assert.Equal(1, low.Runs);
            Assert.Equal(90, (int?)(await servers.First.GetAsync($"/v1/jobs/{answers[0].JobId}"))["priority"]);
        }
        finally
        {
            (await servers.First.Http.PostAsync("/v1/engines/testcard/resume", null)).EnsureSuccessStatusCode();
        }
    }

    [Fact]
    public async Task No_cache_renders_anew_for_all_and_no_store_for_nobody_else()
    {
        var call = servers.Call();
        var first = await call.SendAsync(servers.First);
        Assert.Equal((Stored, 1), (first.Status, call.Runs));
        var alone = await call.SendAsync(servers.First, "", ("Cache-Control", "no-store"));
        Assert.Equal(("workers; fwd=request", 2), (alone.Status, call.Runs));
        Assert.Equal(first.Body, (await call.SendAsync(servers.Second)).Body);
        var anew = await call.SendAsync(servers.First, "", ("Cache-Control", "no-cache"));
        Assert.Equal(("workers; fwd=request; stored", 3), (anew.Status, call.Runs));
        Assert.NotEqual(first.Body, anew.Body);
        await Eventually.HoldsAsync(async () => (await call.SendAsync(servers.Second)).Body == anew.Body, "the other process has it, too");
        Assert.Equal(3, call.Runs);
    }

    [Theory]
    [InlineData("?tag=a", "", "", "workers; fwd=bypass; detail=\"tags\"")]
    [InlineData("?supersedes=a", "", "", "workers; fwd=bypass; detail=\"supersedes\"")]
    [InlineData("", "\"volatile\":true", "", "workers; fwd=miss; detail=\"a time limit\"")]
    [InlineData("", "\"reading\":\"/etc/hostname\"", "", "workers; fwd=miss; detail=\"it read a file outside of the roots\"")]
    [InlineData("", "\"reading\":\"/nowhere\"", "", "")]
    public async Task What_must_not_be_stored_is_rendered_each_time_and_says_why(string query, string more, string headers, string status)
    {
        var call = servers.Call(more);
        for (var i = 1; i <= 2; i++)
        {
            var answer = await call.SendAsync(servers.First, query, headers.Length > 0 ? [("Idempotency-Key", headers)] : []);
            if (status.Length > 0)
                Assert.Equal((status, i), (answer.Status, call.Runs));
            else
                Assert.Equal(HttpStatusCode.BadGateway, answer.Code);
        }
    }

    [Fact]
    public async Task An_idempotency_key_has_a_job_of_its_own_whose_result_answers_others()
    {
        var call = servers.Call();
        var plain = await call.SendAsync(servers.First);
        var keyed = await call.SendAsync(servers.First, "", ("Idempotency-Key", "own-1"));
        Assert.Equal(("workers; fwd=bypass; stored; detail=\"idempotency-key\"", 2), (keyed.Status, call.Runs));
        Assert.NotEqual(plain.JobId, keyed.JobId);
        Assert.Equal((keyed.JobId, 2), ((await call.SendAsync(servers.Second, "", ("Idempotency-Key", "own-1"))).JobId, call.Runs));
        await Eventually.HoldsAsync(async () => (await call.SendAsync(servers.Second)).JobId == keyed.JobId, "it answers others");
        Assert.Equal(2, call.Runs);
    }

    [Fact]
    public async Task Who_wants_the_job_gets_the_one_that_made_the_result_while_there_is_one()
    {
        var call = servers.Call();
        var made = await call.SendAsync(servers.First);
        var job = await call.SendAsync(servers.Second, "", ("Accept", "application/json"));
        Assert.Equal((HttpStatusCode.OK, Hit, made.JobId), (job.Code, job.Status, (string?)JsonNode.Parse(job.Body)!["id"]));
        Assert.Equal((HttpStatusCode.Accepted, made.JobId), await AsyncAsync());
        (await servers.First.Http.DeleteAsync($"/v1/jobs/{made.JobId}")).EnsureSuccessStatusCode();
        Assert.Equal((Hit, made.Body), ((await call.SendAsync(servers.Second)).Status, (await call.SendAsync(servers.First)).Body));
        var anew = await call.SendAsync(servers.Second, "", ("Accept", "application/json"));
        Assert.NotEqual(made.JobId, (string?)JsonNode.Parse(anew.Body)!["id"]);
        Assert.Equal(2, call.Runs);

        async Task<(HttpStatusCode, string?)> AsyncAsync()
        {
            var answer = await call.SendAsync(servers.First, "", ("Prefer", "respond-async"));
            return (answer.Code, (string?)JsonNode.Parse(answer.Body)!["id"]);
        }
    }

    [Fact]
    public async Task A_failure_answers_for_a_short_time_only()
    {
        var call = servers.Call("\"fail\":true");
        var first = await call.SendAsync(servers.First);
        var second = await call.SendAsync(servers.Second);
        Assert.Equal((HttpStatusCode.BadGateway, HttpStatusCode.BadGateway, first.JobId), (first.Code, second.Code, second.JobId));
        Assert.Equal(("workers; hit; detail=\"failed a moment ago\"", 1), (second.Status, call.Runs));
        await Eventually.HoldsAsync(async () => (await call.SendAsync(servers.First)).JobId != first.JobId, "it is tried again");
        Assert.Equal(2, call.Runs);
        // What a function says is one line of the log and no command to a terminal.
        await Eventually.HoldsAsync(() => servers.First.Output.Contains("forged", StringComparison.Ordinal), "the log tells of it");
        Assert.All(
            servers.First.Output.Split('\n').Where(line => line.Contains("forged", StringComparison.Ordinal)), line => Assert.Matches("^20.*Z (info|warn): .*forged [^\u001b]*$", line));
    }

    [Fact]
    public async Task A_changed_file_that_the_function_read_is_never_answered_from_before()
    {
        var texture = servers.Model("texture.txt");
        await File.WriteAllTextAsync(texture, "oak");
        await Task.Delay(50); // A file is trusted once it has been as it is for longer than the clock's tick.
        var call = servers.Call($"\"reading\":\"{texture}\"");
        var oak = await call.SendAsync(servers.First);
        Assert.Equal((Stored, Hit, Hit), (oak.Status, (await call.SendAsync(servers.First)).Status, (await call.SendAsync(servers.Second)).Status));

        await File.WriteAllTextAsync(texture, "elm");
        foreach (var server in new[] { servers.First, servers.Second })
            Assert.StartsWith("redelm", (await call.SendAsync(server)).Body, StringComparison.Ordinal);
        Assert.Equal(2, call.Runs);
        File.Delete(texture);
        Assert.Equal(HttpStatusCode.BadGateway, (await call.SendAsync(servers.First)).Code);
    }

    [Fact]
    public async Task A_file_below_a_root_is_known_by_its_content()
    {
        var path = servers.Model("card.txt");
        await File.WriteAllTextAsync(path, "one");
        await Task.Delay(50);
        var first = await CardAsync();
        Assert.Equal((Stored, Hit), (first.Status, (await CardAsync()).Status));
        await File.WriteAllTextAsync(path, "two");
        var second = await CardAsync();
        Assert.NotEqual(first.Body, second.Body);
        await Task.Delay(50);
        await File.WriteAllTextAsync(path, "one");
        Assert.Equal(first.Body, (await CardAsync()).Body);

        async Task<CachedAnswer> CardAsync()
        {
            using var response = await servers.First.Http.PostAsync(
                "/v1/engines/testcard/functions/render",
                new StringContent("""{"file":"root:models/card.txt","width":32,"height":32}""", System.Text.Encoding.UTF8, "application/json"));
            return await CachedAnswer.ReadAsync(response);
        }
    }

    [Fact]
    public async Task Another_source_of_a_function_is_another_build_whose_results_are_its_own()
    {
        var call = servers.Call();
        var before = await servers.BuildAsync();
        Assert.StartsWith("red ", (await call.SendAsync(servers.First)).Body, StringComparison.Ordinal);
        await servers.WriteFunctionAsync("blue");
        await RecycleAsync();
        await Eventually.HoldsAsync(
            async () => await servers.BuildAsync() is { Length: > 0 } one && one != before && await servers.BuildAsync(servers.Second) == one,
            "all workers run the new source");
        var after = await call.SendAsync(servers.First);
        Assert.StartsWith("blue ", after.Body, StringComparison.Ordinal);
        Assert.Equal((Stored, 2), (after.Status, call.Runs));

        await servers.WriteFunctionAsync("red");
        await RecycleAsync();
        await Eventually.HoldsAsync(
            async () => await servers.BuildAsync() == before && await servers.BuildAsync(servers.Second) == before, "all run the old source again");
        Assert.Equal((Hit, 2), ((await call.SendAsync(servers.Second)).Status, call.Runs));
    }

    [Fact]
    public async Task A_batch_and_a_held_call_share_their_results()
    {
        var files = new JsonArray();
        for (var number = 0; number < 2; number++)
            files.Add(await servers.First.UploadAsync(Guid.NewGuid().ToByteArray(), $"part-{number}.bin"));
        using var held = await PreviewAsync("preview?engine=testcard", new JsonObject { ["file"] = files[0]!.DeepClone() }, "image/png");
        var batch = new JsonObject { ["files"] = files };
        var first = await BatchAsync();
        Assert.Equal((200, "sha256:" + held.Headers.ETag!.Tag.Trim('"')), ((int)first[0]!["status"]!, (string?)first[0]!["asset"]));
        Assert.Equal(202, (int)first[1]!["status"]!);
        await servers.First.EndAsync((string)first[1]!["id"]!);

        var second = await BatchAsync();
        Assert.Equal([200, 200], second.Select(result => (int)result!["status"]!));
        using var again = await PreviewAsync("preview?engine=testcard", new JsonObject { ["file"] = files[1]!.DeepClone() }, "image/png");
        Assert.Equal(Hit, again.Headers.GetValues("Cache-Status").Single());
        Assert.Equal((string?)second[1]!["asset"], "sha256:" + again.Headers.ETag!.Tag.Trim('"'));

        async Task<JsonArray> BatchAsync()
        {
            using var reply = await PreviewAsync("preview:batch?engine=testcard", batch, "application/json");
            return JsonNode.Parse(await reply.Content.ReadAsStringAsync())!["results"]!.AsArray();
        }
    }

    private async Task<HttpResponseMessage> PreviewAsync(string route, JsonObject body, string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/" + route) { Content = new StringContent(body.ToJsonString()) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Accept.ParseAdd(accept);
        var reply = await servers.First.Http.SendAsync(request);
        return reply.IsSuccessStatusCode ? reply : throw new InvalidOperationException(await reply.Content.ReadAsStringAsync());
    }

    private async Task RecycleAsync()
    {
        foreach (var worker in (await servers.First.GetAsync("/v1/workers"))["workers"]!.AsArray())
        {
            (await servers.First.Http.PostAsync($"/v1/workers/{(string)worker!["id"]!}/recycle", null)).EnsureSuccessStatusCode();
        }
    }

    private async Task CancelRunningAsync()
    {
        foreach (var job in (await servers.First.GetAsync("/v1/jobs?state=running"))["jobs"]!.AsArray())
            (await servers.First.Http.PostAsync($"/v1/jobs/{(string)job!["id"]!}/cancel", null)).EnsureSuccessStatusCode();
    }

    private async Task<JsonNode?> QueuedAsync() => (await servers.First.GetAsync("/v1/jobs?state=queued"))["jobs"]!.AsArray().FirstOrDefault();

    // The second process has joined: there is still one job.
    private async Task JoinedAsync(CountedCall call, int runs)
    {
        await Eventually.HoldsAsync(
            async () => (await servers.Second.Http.GetStringAsync("/metrics")).Contains("result=\"collapsed\"", StringComparison.Ordinal), "it has joined");
        Assert.Equal(runs, call.Runs);
    }
}
