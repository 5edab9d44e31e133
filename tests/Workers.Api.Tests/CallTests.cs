using System.Net;
using System.Text;
using Workers.Api.Tests.Support;

namespace Workers.Api.Tests;

/// <summary>Calls that wait: what is answered, in which form, after how long.</summary>
public sealed class CallTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Render = "/v1/engines/testcard/functions/render";

    [Fact]
    public async Task A_call_answers_the_picture_with_everything_a_cache_and_a_person_want_to_know()
    {
        var call = api.Client.PostJsonAsync(Render, """{"width":65}""");
        var job = await api.Node.RunOneAsync();
        using var response = await call;

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("image/png", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(NodeActor.Picture, await response.Content.ReadAsByteArrayAsync());
        Assert.Equal(NodeActor.Picture.Length, response.Content.Headers.ContentLength);
        Assert.Equal(job.Id, response.Headers.GetValues("Job-Id").Single());
        Assert.False(response.Headers.ETag!.IsWeak);
        Assert.StartsWith("/v1/assets/sha256/", response.Content.Headers.ContentLocation!.ToString(), StringComparison.Ordinal);
        Assert.Contains("run;dur=250", response.Headers.GetValues("Server-Timing").Single(), StringComparison.Ordinal);
        Assert.Equal(["Prefer", "Accept"], response.Headers.Vary);
        Assert.Equal(65, (int?)job.Specification.Input["width"]);
        Assert.Equal("png", (string?)job.Specification.Input["format"]); // a default, filled in
    }

    [Fact]
    public async Task The_short_route_picks_the_first_engine_that_has_the_function()
    {
        var call = api.Client.PostJsonAsync("/v1/render?text=Anna&width=32", "{}");
        var job = await api.Node.RunOneAsync();
        using var response = await call;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(("testcard", "render"), (job.Specification.Engine, job.Specification.Function));
        Assert.Equal(("Anna", 32), ((string?)job.Specification.Input["text"], (int?)job.Specification.Input["width"]));
    }

    [Fact]
    public async Task A_function_without_a_picture_answers_its_JSON()
    {
        var call = api.Client.PostJsonAsync("/v1/inspect", "{}");
        await api.Node.RunOneAsync(output: new System.Text.Json.Nodes.JsonObject { ["objects"] = 3 }, picture: false);
        using var response = await call;
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(3, (int?)(await response.JsonAsync())["objects"]);
    }

    [Theory]
    [InlineData("image/jpeg", "jpeg")]
    [InlineData("image/webp;q=0.5, image/jpeg;q=0.9", "jpeg")] // the build writes png and jpeg only
    [InlineData("image/*", "png")]
    public async Task Accept_chooses_the_picture_format(string accept, string format)
    {
        var call = api.Client.PostJsonAsync(Render, "{}", ("Accept", accept));
        var job = await api.Node.RunOneAsync();
        using var response = await call;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(format, (string?)job.Specification.Input["format"]);
    }

    [Theory]
    [InlineData("""{}""", "image/webp")] // known to the function, not written by this build
    [InlineData("""{}""", "text/html")]
    [InlineData("""{"format":"png"}""", "image/jpeg")]
    public async Task What_cannot_be_made_is_406_and_nothing_is_queued(string input, string accept)
    {
        using var response = await api.Client.PostJsonAsync(Render, input, ("Accept", accept));
        await response.ProblemAsync(406, "not_acceptable");
        Assert.Empty((await api.Host.Jobs.ListAsync(new JobQuery { State = JobState.Queued }, default)).Jobs);
    }

    [Theory]
    [InlineData("model/gltf-binary", true)] // which type its artifact has is known when it is there
    [InlineData("image/png, text/html", false)]
    public async Task A_function_without_a_picture_refuses_who_wants_only_pictures(string accept, bool runs)
    {
        var call = api.Client.PostJsonAsync("/v1/inspect", "{}", ("Accept", accept));
        if (runs)
            await api.Node.RunOneAsync(output: new System.Text.Json.Nodes.JsonObject(), picture: false);
        using var response = await call;
        Assert.Equal(runs ? HttpStatusCode.OK : HttpStatusCode.NotAcceptable, response.StatusCode);
    }

    [Fact]
    public async Task Accept_JSON_gives_the_job()
    {
        var call = api.Client.PostJsonAsync(Render, "{}", ("Accept", "application/json"));
        var job = await api.Node.RunOneAsync();
        var document = await (await call).JobAsync(HttpStatusCode.OK);
        Assert.Equal((job.Id, "succeeded"), ((string?)document["id"], (string?)document["state"]));
        Assert.Equal(1, (int?)document["artifacts"]![0]!["width"]);
    }

    [Theory]
    [InlineData("Prefer", "respond-async", "")]
    [InlineData("Prefer", "wait=0.05", "")]
    [InlineData("Accept", "image/png, application/json;q=0.5", "?timeoutSeconds=0.05")]
    [InlineData("X-None", "1", "?wait=0.05")]
    public async Task Only_who_asks_for_it_gets_202(string header, string value, string query)
    {
        using var response = await api.Client.PostJsonAsync(Render + query, "{}", (header, value));
        var document = await response.JobAsync(HttpStatusCode.Accepted);
        Assert.Equal($"/v1/jobs/{(string?)document["id"]}", response.Headers.Location!.ToString());
        Assert.NotNull(response.Headers.RetryAfter);
        if (header == "Prefer")
            Assert.Equal(value, response.Headers.GetValues("Preference-Applied").Single());
        await api.Node.RunOneAsync();
    }

    [Fact]
    public async Task Held_too_long_is_504_with_the_way_to_go_on_and_the_job_goes_on()
    {
        using var response = await api.Client.PostJsonAsync(Render + "?timeoutSeconds=0.05", "{}");
        var problem = await response.ProblemAsync(504, "still_running");
        var id = (string?)problem["jobId"];
        Assert.Equal($"/v1/jobs/{id}", response.Headers.Location!.ToString());
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.True((bool?)problem["retryable"]);
        Assert.Equal(id, (await api.Node.RunOneAsync()).Id);
    }

    [Theory]
    [InlineData(FailureKinds.InvalidInput, 422, "invalid_input")]
    [InlineData(FailureKinds.EngineError, 502, "engine_error")]
    [InlineData(FailureKinds.EngineCrashed, 502, "engine_crashed")]
    [InlineData(FailureKinds.OutputRejected, 502, "output_rejected")]
    [InlineData(FailureKinds.Deadline, 504, "deadline")]
    [InlineData(FailureKinds.Stalled, 504, "stalled")]
    [InlineData(FailureKinds.NodeLost, 503, "node_lost")]
    public async Task A_failed_job_is_a_problem_never_a_picture(string kind, int status, string code)
    {
        var call = api.Client.PostJsonAsync(Render, "{}");
        var claimed = await api.Node.ClaimAsync();
        await api.Node.FailAsync(
            claimed, new JobFailure(kind, "No camera in the scene.", Pointer: kind == FailureKinds.InvalidInput ? "/scene" : null));
        using var response = await call;
        var problem = await response.ProblemAsync(status, code, kind == FailureKinds.InvalidInput ? "/scene" : null);
        Assert.Equal(("No camera in the scene.", claimed.Job.Id), ((string?)problem["detail"], (string?)problem["jobId"]));
    }

    [Fact]
    public async Task A_canceled_job_is_409_for_who_waits()
    {
        var call = api.Client.PostJsonAsync(Render, "{}");
        var queued = await Eventually.GivesAsync(
            async () => (await api.Host.Jobs.ListAsync(new JobQuery { State = JobState.Queued }, default)).Jobs is [var job, ..] ? job : null,
            "the queued job");
        (await api.Client.PostAsync($"/v1/jobs/{queued.Id}/cancel", null)).EnsureSuccessStatusCode();
        await (await call).ProblemAsync(409, "job_canceled");
    }

    [Fact]
    public async Task Who_waits_for_a_job_that_a_newer_one_replaces_is_told_so()
    {
        var held = api.Client.PostJsonAsync(Render + "?supersedes=plot", """{"text":"old"}""");
        var queued = await Eventually.GivesAsync(
            async () => (await api.Host.Jobs.ListAsync(new JobQuery { State = JobState.Queued }, default)).Jobs is [var job, ..] ? job : null,
            "the queued job");
        var asked = api.Client.GetAsync($"/v1/jobs/{queued.Id}/result?wait=30");
        var polled = api.Client.GetAsync($"/v1/jobs/{queued.Id}?wait=30");
        using var newer = await api.Client.PostJsonAsync(
            "/v1/jobs", """{"engine":"testcard","function":"render","input":{"text":"new"},"supersedes":"plot"}""", ("Prefer", "return=minimal"));
        Assert.Equal((HttpStatusCode.Accepted, 0), (newer.StatusCode, (await newer.Content.ReadAsByteArrayAsync()).Length));
        var id = newer.Headers.GetValues("Job-Id").Single();

        foreach (var waiting in new[] { held, asked })
        {
            using var response = await waiting;
            var problem = await response.ProblemAsync(409, "job_superseded");
            Assert.Equal((queued.Id, false), ((string?)problem["jobId"], (bool?)problem["retryable"]));
            Assert.Contains(id, (string?)problem["detail"], StringComparison.Ordinal);
        }

        using var document = await polled;
        var job = await document.JobAsync(HttpStatusCode.OK);
        Assert.Equal(("canceled", "superseded"), ((string?)job["state"], (string?)job["failure"]!["reason"]));
        Assert.Empty(job["attempts"]!.AsArray());
        Assert.Equal(id, (await api.Node.RunOneAsync()).Id);

        using var wrong = await api.Client.PostJsonAsync(Render + "?supersedes=" + new string('k', 201), "{}");
        await wrong.ProblemAsync(422, "invalid_input", "/supersedes");
    }

    [Fact]
    public async Task The_same_idempotency_key_is_the_same_job_and_another_body_under_it_is_refused()
    {
        var first = api.Client.PostJsonAsync(Render, """{"width":10,"ratio":2}""", ("Idempotency-Key", "\"order-1\""));
        var job = await api.Node.RunOneAsync();
        Assert.Equal(job.Id, (await first).Headers.GetValues("Job-Id").Single());

        using var second = await api.Client.PostJsonAsync(Render, """{"ratio":2,"width":10}""", ("Idempotency-Key", "order-1"));
        Assert.Equal((HttpStatusCode.OK, job.Id), (second.StatusCode, second.Headers.GetValues("Job-Id").Single()));

        using var other = await api.Client.PostJsonAsync(Render, """{"width":11}""", ("Idempotency-Key", "order-1"));
        Assert.Equal(job.Id, (string?)(await other.ProblemAsync(422, "idempotency_key_reused"))["jobId"]);

        (await api.Client.DeleteAsync($"/v1/jobs/{job.Id}")).EnsureSuccessStatusCode();
        using var gone = await api.Client.PostJsonAsync(Render, """{"width":10,"ratio":2}""", ("Idempotency-Key", "order-1"));
        await gone.ProblemAsync(410, "idempotency_key_gone");
    }

    [Fact]
    public async Task A_client_that_leaves_cancels_only_what_nobody_could_use()
    {
        await using var node = new NodeActor(api.Host);
        async Task<JobState> LeaveAsync(bool cacheable, string? key)
        {
            await node.ReportAsync(NodeActor.Engine("testcard", NodeActor.Render(cacheable), NodeActor.Inspect()), NodeActor.Engine("blender"));
            using var client = new HttpClient { BaseAddress = api.Client.BaseAddress };
            using var leave = new CancellationTokenSource();
            using var request = new HttpRequestMessage(HttpMethod.Post, Render)
            {
                Content = new StringContent("{}", Encoding.UTF8, "application/json"),
            };
            if (key is not null)
                request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
            var call = client.SendAsync(request, leave.Token);
            var claimed = await node.ClaimAsync();
            await leave.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
            if (!cacheable && key is null)
                await Eventually.HoldsAsync(async () => (await api.Host.Jobs.FindAsync(claimed.Job.Id, default))!.CancelRequested, "the cancel");
            await node.CompleteAsync(claimed);
            return (await api.Host.Jobs.FindAsync(claimed.Job.Id, default))!.State;
        }

        Assert.Equal(JobState.Canceled, await LeaveAsync(cacheable: false, key: null));
        Assert.Equal(JobState.Succeeded, await LeaveAsync(cacheable: false, key: "kept"));
        Assert.Equal(JobState.Succeeded, await LeaveAsync(cacheable: true, key: null));
    }

    [Fact]
    public async Task Eight_clients_at_once_each_get_their_own_job()
    {
        var calls = Enumerable.Range(1, 8).Select(width => api.Client.PostJsonAsync(Render, $$"""{"width":{{width}}}""")).ToList();
        for (var i = 0; i < 8; i++)
            await api.Node.RunOneAsync();
        var responses = await Task.WhenAll(calls);
        Assert.All(responses, response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
        var ids = responses.Select(response => response.Headers.GetValues("Job-Id").Single());
        Assert.Equal(8, ids.Distinct().Count());
    }

    [Fact]
    public async Task A_traceparent_goes_with_the_job()
    {
        const string Trace = "0af7651916cd43dd8448eb211c80319c";
        var call = api.Client.PostJsonAsync(Render, "{}", ("traceparent", $"00-{Trace}-b7ad6b7169203331-01"));
        var job = await api.Node.RunOneAsync();
        await call;
        Assert.Contains(Trace, job.Specification.TraceParent, StringComparison.Ordinal);
    }
}
