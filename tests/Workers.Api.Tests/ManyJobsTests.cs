using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Workers.Api.Tests.Support;

namespace Workers.Api.Tests;

/// <summary>Batches, bulk verbs and changes.</summary>
public sealed class ManyJobsTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task A_batch_admits_each_line_for_itself_and_in_order()
    {
        var lines = Enumerable.Range(0, 150).Select(number => Envelope("batch", number)).ToList();
        lines[3] = """{"engine":"testcard","function":"render","input":{"width":"wide"}}""";
        lines[5] = "{";
        lines[7] = """{"engine":"nobody","function":"render"}""";
        var results = await BatchAsync(string.Join("\r\n", lines) + "\n\n", HttpStatusCode.MultiStatus);
        Assert.Equal(Enumerable.Range(0, 150), results.Select(result => (int)result!["line"]!));
        Assert.Equal((422, 400, 422), (Status(results[3]), Status(results[5]), Status(results[7])));
        Assert.Equal("/input/width", (string?)results[3]!["problem"]!["errors"]![0]!["pointer"]);
        var admitted = results.Where(result => Status(result) == 202).Select(result => (string)result!["id"]!).ToList();
        Assert.Equal(147, admitted.Count);
        var listed = new List<string>();
        for (string? page = ""; page is not null;)
        {
            var list = await (await api.Client.GetAsync($"/v1/jobs?tag=batch&pageSize=100&pageToken={page}")).JsonAsync();
            listed.AddRange(list["jobs"]!.AsArray().Select(job => (string)job!["id"]!));
            page = (string?)list["nextPageToken"];
        }

        Assert.Equal(admitted.AsEnumerable().Reverse(), listed);
        await BulkAsync("cancel", "tag=batch");
    }

    [Fact]
    public async Task A_batch_sent_again_under_its_key_makes_no_second_job()
    {
        var body = Envelope("twice", 1) + "\n" + Envelope("twice", 2);
        var first = await BatchAsync(body, HttpStatusCode.MultiStatus, "my-batch");
        var second = await BatchAsync(body, HttpStatusCode.MultiStatus, "my-batch");
        Assert.Equal([200, 200], second.Select(Status));
        Assert.Equal(first.Select(result => (string?)result!["id"]), second.Select(result => (string?)result!["id"]));
        await BulkAsync("cancel", "tag=twice");
    }

    [Fact]
    public async Task A_batch_that_cannot_be_read_is_refused_and_one_that_breaks_off_says_where()
    {
        using (var empty = await SendBatchAsync("\n \n", null))
            await empty.ProblemAsync(400, "malformed_request");
        using (var form = await api.Client.PostBytesAsync("/v1/jobs:batch", "a=b"u8.ToArray(), "application/x-www-form-urlencoded"))
            await form.ProblemAsync(415, "unsupported_media_type");
        using (var huge = await SendBatchAsync(new string(' ', 300 * 1024), null))
            await huge.ProblemAsync(413, "too_large");
        var broken = await BatchAsync(Envelope("broken", 1) + "\n" + new string('x', 300 * 1024) + "\n" + Envelope("broken", 2), HttpStatusCode.MultiStatus);
        Assert.Equal([202, 413], broken.Select(Status));
        await BulkAsync("cancel", "tag=broken");
    }

    [Fact]
    public async Task Bulk_cancel_counts_first_and_then_ends_what_is_not_over()
    {
        await BatchAsync(string.Join('\n', Enumerable.Range(0, 30).Select(number => Envelope("bulk", number))), HttpStatusCode.MultiStatus);
        var dry = await BulkAsync("cancel", "tag=bulk&dryRun=true");
        Assert.Equal((true, 30, 0), ((bool)dry["dryRun"]!, (int)dry["matched"]!, (int)dry["done"]!));
        var claimed = await api.Node.ClaimAsync();
        var canceled = await BulkAsync("cancel", "tag=bulk&engine=testcard");
        Assert.Equal((30, 30, true), ((int)canceled["matched"]!, (int)canceled["done"]!, (bool)canceled["complete"]!));
        await api.Node.CompleteAsync(claimed);
        Assert.Equal(0, (int)(await BulkAsync("cancel", "tag=bulk"))["matched"]!);
    }

    [Fact]
    public async Task Bulk_retry_is_harmless_to_repeat()
    {
        await BatchAsync(string.Join('\n', Enumerable.Range(0, 5).Select(number => Envelope("again", number))), HttpStatusCode.MultiStatus);
        await BulkAsync("cancel", "tag=again");
        var first = await BulkAsync("retry", "tag=again&state=canceled");
        Assert.Equal((5, 5, 0), ((int)first["matched"]!, (int)first["done"]!, (int)first["skipped"]!));
        var second = await BulkAsync("retry", "tag=again");
        Assert.Equal((5, 0, 5), ((int)second["matched"]!, (int)second["done"]!, (int)second["skipped"]!));
        var queued = await (await api.Client.GetAsync("/v1/jobs?tag=again&state=queued")).JsonAsync();
        Assert.All(queued["jobs"]!.AsArray(), job => Assert.NotNull((string?)job!["retryOf"]));
        await BulkAsync("cancel", "tag=again");
    }

    [Theory]
    [InlineData("")]
    [InlineData("?tags=typo")]
    [InlineData("?tag=")]
    [InlineData("?tag=a&tag=b")]
    [InlineData("?dryRun=true")]
    [InlineData("?tag=a&dryRun=maybe")]
    [InlineData("?state=succeeded")]
    public async Task A_bulk_verb_without_a_clear_filter_touches_nothing(string query)
    {
        using var answer = await api.Client.PostAsync("/v1/jobs:cancel" + query, null);
        await answer.ProblemAsync(400, "malformed_request");
    }

    [Fact]
    public async Task A_job_that_has_not_begun_can_be_changed()
    {
        using var submitted = await api.Client.PostJsonAsync("/v1/jobs", Envelope("change", 1));
        var id = (string)(await submitted.JobAsync(HttpStatusCode.Accepted))["id"]!;
        using (var patched = await PatchAsync(id, """{"priority":99,"tags":["changed"],"timeoutSeconds":5}"""))
        {
            var job = await patched.JobAsync(HttpStatusCode.OK);
            Assert.Equal((99, "changed"), ((int)job["priority"]!, (string?)job["tags"]![0]));
        }

        using (var patched = await PatchAsync(id, """{"priority":null}"""))
            Assert.Equal(50, (int)(await patched.JobAsync(HttpStatusCode.OK))["priority"]!);
        foreach (var bad in new[] { "{}", """{"priority":101}""", """{"priority":"high"}""", """{"input":{}}""", """{"tags":[""]}""" })
        {
            using var refused = await PatchAsync(id, bad);
            await refused.ProblemAsync(422, "invalid_input");
        }

        var claimed = await api.Node.ClaimAsync();
        using (var late = await PatchAsync(id, """{"priority":1}"""))
            await late.ProblemAsync(409, "job_begun");
        await api.Node.CompleteAsync(claimed);
        using (var over = await PatchAsync(id, """{"priority":1}"""))
            await over.ProblemAsync(409, "job_begun");
        using var nobody = await PatchAsync("nobody", """{"priority":1}""");
        await nobody.ProblemAsync(404, "job_not_found");
    }

    private static string Envelope(string tag, int number) =>
        $$$"""{"engine":"testcard","function":"render","input":{"width":8},"tags":["{{{tag}}}"],"metadata":{"number":"{{{number}}}"}}""";

    private static int Status(JsonNode? result) => (int)result!["status"]!;

    private async Task<JsonArray> BatchAsync(string body, HttpStatusCode status, string? key = null)
    {
        using var answer = await SendBatchAsync(body, key);
        Assert.Equal(status, answer.StatusCode);
        return (await answer.JsonAsync())["results"]!.AsArray();
    }

    private async Task<HttpResponseMessage> SendBatchAsync(string body, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs:batch") { Content = new StringContent(body, Encoding.UTF8) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        return await api.Client.SendAsync(request);
    }

    private async Task<JsonNode> BulkAsync(string verb, string query)
    {
        using var answer = await api.Client.PostAsync($"/v1/jobs:{verb}?{query}", null);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.JsonAsync();
    }

    private Task<HttpResponseMessage> PatchAsync(string id, string body) => api.Client.SendJsonAsync(HttpMethod.Patch, "/v1/jobs/" + id, body);
}
