using System.Net;
using Workers.Api.Tests.Support;

namespace Workers.Api.Tests;

/// <summary>The life of a job over HTTP.</summary>
public sealed class JobTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Envelope =
        """{"engine":"testcard","function":"render","name":"hero shot","input":{"width":8},"tags":["shop"],"metadata":{"order":"4711"}}""";

    [Fact]
    public async Task Submit_look_wait_and_fetch()
    {
        using var submitted = await api.Client.PostJsonAsync("/v1/jobs", Envelope);
        var job = await submitted.JobAsync(HttpStatusCode.Accepted);
        var id = (string)job["id"]!;
        Assert.Equal($"/v1/jobs/{id}", submitted.Headers.Location!.ToString());
        Assert.NotNull(submitted.Headers.RetryAfter);
        Assert.Equal(
            ("queued", "hero shot", 50, 0),
            ((string?)job["state"], (string?)job["name"], (int?)job["priority"], (int?)job["queue"]!["ahead"]));
        Assert.EndsWith("Z", (string?)job["createdAt"], StringComparison.Ordinal);
        Assert.Null(job["input"]);
        Assert.Equal(7, Guid.Parse(id).Version);

        using var early = await api.Client.GetAsync($"/v1/jobs/{id}/result");
        Assert.Equal(HttpStatusCode.Accepted, early.StatusCode);

        var waiting = api.Client.GetAsync($"/v1/jobs/{id}?wait=60&include=input");
        await api.Node.RunOneAsync();
        var done = await (await waiting).JobAsync(HttpStatusCode.OK);
        Assert.Equal(
            ("succeeded", 8, "process", 1),
            ((string?)done["state"], (int?)done["input"]!["width"], (string?)done["warm"], (int?)done["attempt"]));
        Assert.Equal(("n1.testcard-1", 4242), ((string?)done["worker"]!["id"], (int?)done["worker"]!["pid"]));
        Assert.Equal(0.25, (double?)done["timings"]!["runSeconds"]);

        using var result = await api.Client.GetAsync($"/v1/jobs/{id}/result");
        Assert.Equal(NodeActor.Picture, await result.Content.ReadAsByteArrayAsync());
        foreach (var listed in done["artifacts"]!.AsArray())
        {
            using var artifact = await api.Client.GetAsync((string)listed!["url"]!);
            Assert.Equal(NodeActor.Picture, await artifact.Content.ReadAsByteArrayAsync());
        }

        using var snapshot = await api.Client.GetAsync($"/v1/jobs/{id}/snapshot");
        Assert.Equal("image/png", snapshot.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Bytes_know_HEAD_Range_If_None_Match_and_If_Match()
    {
        var id = await SubmitAsync(Envelope);
        await api.Node.RunOneAsync();
        var path = $"/v1/jobs/{id}/result";
        using var head = await api.Client.SendAsync(HttpMethod.Head, path);
        Assert.Equal((HttpStatusCode.OK, (long?)NodeActor.Picture.Length), (head.StatusCode, head.Content.Headers.ContentLength));
        using var part = await api.Client.SendAsync(HttpMethod.Get, path, ("Range", "bytes=1-3"));
        Assert.Equal((HttpStatusCode.PartialContent, "PNG"), (part.StatusCode, await part.Content.ReadAsStringAsync()));
        using var beyond = await api.Client.SendAsync(HttpMethod.Get, path, ("Range", "bytes=100000-"));
        await beyond.ProblemAsync(416, "range_not_satisfiable");
        using var same = await api.Client.SendAsync(HttpMethod.Get, path, ("If-None-Match", head.Headers.ETag!.ToString()));
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        using var other = await api.Client.SendAsync(HttpMethod.Get, path, ("If-Match", "\"other\""));
        Assert.Contains(head.Headers.ETag.ToString(), (string?)(await other.ProblemAsync(412, "precondition_failed"))["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_documents_ETag_changes_with_the_job_and_only_then()
    {
        var id = await SubmitAsync(Envelope);
        using var first = await api.Client.GetAsync($"/v1/jobs/{id}");
        var tag = first.Headers.ETag!.ToString();
        using var same = await api.Client.SendAsync(HttpMethod.Get, $"/v1/jobs/{id}", ("If-None-Match", tag));
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        await api.Node.RunOneAsync();
        using var changed = await api.Client.SendAsync(HttpMethod.Get, $"/v1/jobs/{id}", ("If-None-Match", tag));
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
    }

    [Fact]
    public async Task Prefer_wait_holds_a_submit_and_return_minimal_sends_no_body()
    {
        var held = api.Client.PostJsonAsync("/v1/jobs", Envelope, ("Prefer", "wait=60"));
        await api.Node.RunOneAsync();
        using var done = await held;
        Assert.Equal("succeeded", (string?)(await done.JobAsync(HttpStatusCode.OK))["state"]);
        Assert.Equal("wait=60", done.Headers.GetValues("Preference-Applied").Single());

        using var minimal = await api.Client.PostJsonAsync("/v1/jobs", Envelope, ("Prefer", "return=minimal, wait=0.05"));
        Assert.Equal((HttpStatusCode.Accepted, ""), (minimal.StatusCode, await minimal.Content.ReadAsStringAsync()));
        Assert.Equal("wait=0.05, return=minimal", minimal.Headers.GetValues("Preference-Applied").Single());
        await api.Node.RunOneAsync();
    }

    [Fact]
    public async Task Put_is_idempotent_under_an_id_of_the_clients()
    {
        using var created = await api.Client.SendJsonAsync(HttpMethod.Put, "/v1/jobs/order_1-A", Envelope);
        await created.JobAsync(HttpStatusCode.Created);
        using var again = await api.Client.SendJsonAsync(HttpMethod.Put, "/v1/jobs/order_1-A", Envelope);
        await again.JobAsync(HttpStatusCode.OK);
        using var other = await api.Client.SendJsonAsync(HttpMethod.Put, "/v1/jobs/order_1-A", """{"engine":"testcard","function":"render"}""");
        await other.ProblemAsync(409, "job_id_taken");
        using var bad = await api.Client.SendJsonAsync(HttpMethod.Put, "/v1/jobs/a.b", Envelope);
        await bad.ProblemAsync(422, "invalid_input");
        await api.Node.RunOneAsync();
    }

    [Fact]
    public async Task Cancel_is_harmless_to_repeat_and_a_retry_is_a_new_job()
    {
        var id = await SubmitAsync(Envelope);
        using (var early = await api.Client.PostAsync($"/v1/jobs/{id}/retry", null))
            await early.ProblemAsync(409, "job_not_over");
        using (var early = await api.Client.DeleteAsync($"/v1/jobs/{id}"))
            Assert.Contains("/cancel", (string?)(await early.ProblemAsync(409, "job_not_over"))["detail"], StringComparison.Ordinal);

        var claimed = await api.Node.ClaimAsync();
        using (var stopping = await api.Client.PostAsync($"/v1/jobs/{id}/cancel", null))
            Assert.True((bool?)(await stopping.JobAsync(HttpStatusCode.Accepted))["cancelRequested"]);
        await api.Node.CompleteAsync(claimed);
        for (var i = 0; i < 2; i++)
        {
            using var over = await api.Client.PostAsync($"/v1/jobs/{id}/cancel", null);
            Assert.Equal("canceled", (string?)(await over.JobAsync(HttpStatusCode.OK))["state"]);
        }

        using (var result = await api.Client.GetAsync($"/v1/jobs/{id}/result"))
            await result.ProblemAsync(409, "job_canceled");

        using var retried = await api.Client.PostAsync($"/v1/jobs/{id}/retry", null);
        var retry = await retried.JobAsync(HttpStatusCode.Created);
        Assert.Equal((id, "queued"), ((string?)retry["retryOf"], (string?)retry["state"]));
        Assert.NotEqual(id, (string?)retry["id"]);
        await api.Node.RunOneAsync();

        Assert.Equal(HttpStatusCode.NoContent, (await api.Client.DeleteAsync($"/v1/jobs/{id}")).StatusCode);
        using var gone = await api.Client.GetAsync($"/v1/jobs/{id}");
        await gone.ProblemAsync(404, "job_not_found");
    }

    [Fact]
    public async Task A_record_without_its_bytes_is_410()
    {
        var id = await SubmitAsync(Envelope);
        await api.Node.RunOneAsync();
        var job = await (await api.Client.GetAsync($"/v1/jobs/{id}")).JsonAsync();
        await api.Host.Blobs.DeleteAsync(AssetId.Hex((string)job["artifacts"]![0]!["asset"]!), default);
        using var gone = await api.Client.GetAsync($"/v1/jobs/{id}/result");
        await gone.ProblemAsync(410, "result_gone");
    }

    [Fact]
    public async Task A_failed_job_says_why_wherever_it_is_asked()
    {
        var id = await SubmitAsync(Envelope);
        await api.Node.FailAsync(await api.Node.ClaimAsync(), new JobFailure(FailureKinds.EngineError, "No camera."));
        var job = await (await api.Client.GetAsync($"/v1/jobs/{id}")).JsonAsync();
        Assert.Equal(
            ("failed", "engine_error", "No camera."),
            ((string?)job["state"], (string?)job["failure"]!["kind"], (string?)job["failure"]!["message"]));
        using var result = await api.Client.GetAsync($"/v1/jobs/{id}/result?wait=5");
        Assert.Contains("No camera.", (string?)(await result.ProblemAsync(409, "job_failed"))["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_goes_newest_first_through_pages_with_its_filters()
    {
        List<string> ids = [];
        for (var i = 0; i < 5; i++)
            ids.Add(await SubmitAsync(Envelope.Replace("shop", "list", StringComparison.Ordinal)));
        List<string> seen = [];
        var next = "/v1/jobs?tag=list&engine=testcard&state=queued&pageSize=2";
        for (var page = 0; next is not null && page < 10; page++)
        {
            using var response = await api.Client.GetAsync(next);
            var list = await response.JobAsync(HttpStatusCode.OK);
            seen.AddRange(list["jobs"]!.AsArray().Select(job => (string)job!["id"]!));
            next = response.Headers.TryGetValues("Link", out var link) ? link.Single().Split('<', '>')[1] : null;
            Assert.Equal(next is null, list["nextPageToken"] is null);
        }

        Assert.Equal(ids.AsEnumerable().Reverse(), seen);
        for (var i = 0; i < 5; i++)
            await api.Node.RunOneAsync();
    }

    [Theory]
    [InlineData("pageSize=-1")]
    [InlineData("pageSize=0")]
    [InlineData("pageSize=many")]
    [InlineData("pageToken=!")]
    [InlineData("pageToken=Zm9v")]
    [InlineData("state=done")]
    public async Task A_wrong_list_parameter_is_400(string query)
    {
        using var response = await api.Client.GetAsync("/v1/jobs?" + query);
        await response.ProblemAsync(400, "malformed_request");
    }

    [Fact]
    public async Task The_log_is_read_by_its_tail_by_attempt_and_as_it_grows()
    {
        var id = await SubmitAsync(Envelope);
        using (var none = await api.Client.GetAsync($"/v1/jobs/{id}/log"))
            Assert.Equal("", await none.Content.ReadAsStringAsync());
        var claimed = await api.Node.ClaimAsync();
        await api.Node.LogAsync(claimed, "one\ntwo\n");

        using var following = await api.Client.SendAsync(HttpMethod.Get, $"/v1/jobs/{id}/log?follow=true&tail=1");
        using var reader = new StreamReader(await following.Content.ReadAsStreamAsync());
        Assert.Equal("two", await reader.ReadLineAsync().WithinLimitAsync());
        await api.Node.LogAsync(claimed, "three\n");
        Assert.Equal("three", await reader.ReadLineAsync().WithinLimitAsync());
        await api.Node.CompleteAsync(claimed);
        Assert.Null(await reader.ReadLineAsync().WithinLimitAsync());

        using var tail = await api.Client.GetAsync($"/v1/jobs/{id}/log?tail=2&attempt=1");
        Assert.Equal("two\nthree\n", await tail.Content.ReadAsStringAsync());
        using var other = await api.Client.GetAsync($"/v1/jobs/{id}/log?attempt=2");
        await other.ProblemAsync(404, "part_not_found");
    }

    [Theory]
    [InlineData("/v1/jobs/none")]
    [InlineData("/v1/jobs/none?wait=5")]
    [InlineData("/v1/jobs/none/result")]
    [InlineData("/v1/jobs/none/artifacts/image.png")]
    [InlineData("/v1/jobs/none/snapshot")]
    [InlineData("/v1/jobs/none/log")]
    [InlineData("/v1/jobs/none/events")]
    public async Task An_unknown_job_is_404_everywhere(string path)
    {
        using var response = await api.Client.GetAsync(path);
        await response.ProblemAsync(404, "job_not_found");
    }

    [Fact]
    public async Task A_running_job_shows_its_progress_and_its_picture_so_far()
    {
        var id = await SubmitAsync(Envelope);
        using (var none = await api.Client.GetAsync($"/v1/jobs/{id}/snapshot"))
            await none.ProblemAsync(404, "part_not_found");
        var claimed = await api.Node.ClaimAsync();
        await api.Node.ProgressAsync(claimed, 0.4);
        await api.Node.SnapshotAsync(claimed);
        var job = await (await api.Client.GetAsync($"/v1/jobs/{id}")).JsonAsync();
        Assert.Equal((0.4, "drawing"), ((double?)job["progress"]!["fraction"], (string?)job["progress"]!["message"]));
        using var snapshot = await api.Client.GetAsync($"/v1/jobs/{id}/snapshot");
        Assert.Equal(NodeActor.Picture, await snapshot.Content.ReadAsByteArrayAsync());
        await api.Node.CompleteAsync(claimed);
    }

    private async Task<string> SubmitAsync(string envelope)
    {
        using var response = await api.Client.PostJsonAsync("/v1/jobs", envelope);
        return (string)(await response.JobAsync(HttpStatusCode.Accepted))["id"]!;
    }
}
