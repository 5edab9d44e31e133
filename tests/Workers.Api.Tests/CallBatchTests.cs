using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Workers.Api.Tests.Support;

namespace Workers.Api.Tests;

/// <summary>Previews and inspections of many files in one request.</summary>
public sealed class CallBatchTests(PreviewApi api) : IClassFixture<PreviewApi>
{
    [Fact]
    public async Task Each_file_is_a_job_of_low_priority_and_is_told_with_its_picture_once_it_is_done()
    {
        var files = new[] { await UploadAsync(), await UploadAsync(), await UploadAsync() };
        var body = new JsonObject
        {
            ["files"] = new JsonArray(files[0], new JsonObject { ["file"] = files[1], ["size"] = 32 }, files[2], "sha256:no", 7),
            ["options"] = new JsonObject { ["size"] = 128 },
        };
        var first = await BatchAsync("/v1/preview:batch?tag=import&format=webp", body.ToJsonString());
        Assert.Equal([202, 202, 202, 422, 422], first.Select(Status));
        Assert.Equal("/file", (string?)first[3]!["problem"]!["errors"]![0]!["pointer"]);
        var jobs = new List<Job>();
        for (var i = 0; i < 3; i++)
            jobs.Add(await api.Node.RunOneAsync("blender"));
        Assert.Equal([(128, "webp"), (32, "webp"), (128, "webp")], jobs.Select(job => ((int)job.Specification.Input["size"]!, (string)job.Specification.Input["format"]!)));
        Assert.All(jobs, job => Assert.Equal((10, "import"), (job.Specification.Priority, job.Specification.Tags.Single())));

        var second = await BatchAsync("/v1/preview:batch?format=webp", body.ToJsonString()); // Another tag is no other picture.
        Assert.Equal([200, 200, 200, 422, 422], second.Select(Status));
        Assert.Equal(first.Take(3).Select(Id), second.Take(3).Select(Id));
        Assert.All(second.Take(3), result => Assert.StartsWith("sha256:", (string?)result!["asset"], StringComparison.Ordinal));
        using var picture = await api.Client.GetAsync((string?)second[0]!["result"]);
        Assert.Equal(NodeActor.Picture, await picture.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Lines_name_files_too_and_one_that_is_wrong_stops_no_other()
    {
        var (file, root) = (await UploadAsync(), "root:models/chair.blend");
        var lines = $"\"{file}\"\n{{\"file\":\"{root}\"}}\n\n{{\n\"{root}\"\n";
        var results = await BatchAsync("/v1/inspect:batch", lines, "application/x-ndjson");
        Assert.Equal([202, 202, 400, 202], results.Select(Status));
        for (var i = 0; i < 3; i++) // What lies under a root may have changed: asked anew, each time.
            Assert.Equal("inspect", (await api.Node.RunOneAsync("blender", JsonNode.Parse("{}"), picture: false)).Specification.Function);
        var again = await BatchAsync("/v1/inspect:batch", $"\"{file}\"", "application/x-ndjson");
        Assert.Equal(200, Status(again[0]));
        Assert.Null(again[0]!["asset"]);
        Assert.Equal("{}", await api.Client.GetStringAsync((string?)again[0]!["result"]));
    }

    [Fact]
    public async Task What_came_to_nothing_is_tried_again_and_so_is_what_was_deleted()
    {
        var body = new JsonObject { ["files"] = new JsonArray(await UploadAsync()) }.ToJsonString();
        var failed = Id((await BatchAsync("/v1/preview:batch", body))[0]);
        Assert.Equal(failed, Id((await BatchAsync("/v1/preview:batch", body))[0])); // It waits.
        await api.Node.FailAsync(await api.Node.ClaimAsync("blender"), new JobFailure(FailureKinds.EngineError, "no"));
        var second = (await BatchAsync("/v1/preview:batch", body))[0];
        Assert.Equal(202, Status(second));
        Assert.NotEqual(failed, Id(second));
        await api.Node.RunOneAsync("blender");
        Assert.Equal((200, Id(second)), (Status((await BatchAsync("/v1/preview:batch", body))[0]), Id((await BatchAsync("/v1/preview:batch", body))[0])));
        await api.Client.DeleteAsync($"/v1/jobs/{Id(second)}");
        var third = (await BatchAsync("/v1/preview:batch", body))[0];
        Assert.Equal(202, Status(third));
        Assert.DoesNotContain(Id(third), new[] { failed, Id(second) });
        await api.Node.RunOneAsync("blender");
    }

    [Theory]
    [InlineData("{}", 422, "invalid_input")]
    [InlineData("""{"files":[]}""", 422, "invalid_input")]
    [InlineData("""{"files":"sha256:x"}""", 422, "invalid_input")]
    [InlineData("""{"files":["sha256:x"],"options":[]}""", 422, "invalid_input")]
    [InlineData("""{"files":["sha256:x"],"option":{}}""", 422, "invalid_input")]
    [InlineData("[", 400, "malformed_request")]
    public async Task A_list_that_is_none_is_refused(string body, int status, string code)
    {
        using var answer = await api.Client.PostJsonAsync("/v1/preview:batch", body);
        await answer.ProblemAsync(status, code);
    }

    [Fact]
    public async Task An_empty_body_and_another_engine_are_refused()
    {
        using var empty = await api.Client.PostBytesAsync("/v1/preview:batch", "\n"u8.ToArray(), "application/x-ndjson");
        await empty.ProblemAsync(400, "malformed_request");
        using var form = await api.Client.PostBytesAsync("/v1/preview:batch", "a=b"u8.ToArray(), "application/x-www-form-urlencoded");
        await form.ProblemAsync(415, "unsupported_media_type");
        using var engine = await api.Client.PostJsonAsync("/v1/preview:batch?engine=blendr", """{"files":["sha256:x"]}""");
        await engine.ProblemAsync(404, "engine_not_found");
    }

    private static int Status(JsonNode? result) => (int)result!["status"]!;

    private static string Id(JsonNode? result) => (string)result!["id"]!;

    private async Task<string> UploadAsync()
    {
        using var uploaded = await api.Client.PostBytesAsync("/v1/assets", Encoding.ASCII.GetBytes("BLENDER-v304" + Guid.NewGuid()), null);
        return (string)(await uploaded.JobAsync(HttpStatusCode.Created))["asset"]!;
    }

    private async Task<JsonArray> BatchAsync(string path, string body, string type = "application/json")
    {
        using var answer = await api.Client.PostBytesAsync(path, Encoding.UTF8.GetBytes(body), type);
        Assert.Equal(HttpStatusCode.MultiStatus, answer.StatusCode);
        return (await answer.JsonAsync())["results"]!.AsArray();
    }
}
