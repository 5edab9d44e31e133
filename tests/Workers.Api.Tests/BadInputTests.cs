using System.Text;
using Workers.Api.Calls;
using Workers.Api.Engines;
using Workers.Api.Problems;
using Workers.Api.Tests.Support;

namespace Workers.Api.Tests;

/// <summary>Wrong requests: each is refused with its status, its code and its place, and the next job runs.</summary>
public sealed class BadInputTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Theory]
    [InlineData("""{"engine":"testcart","function":"render"}""", "/engine", "testcard")]
    [InlineData("""{"engine":"testcard","function":"rendre"}""", "/function", "render")]
    [InlineData("""{"engine":"testcard","function":"render","prioritty":1}""", "/prioritty", "priority")]
    [InlineData("""{"engine":"testcard","function":"render","input":{"widht":1}}""", "/input/widht", "width")]
    [InlineData("""{"engine":"testcard","function":"render","input":{"width":"wide"}}""", "/input/width", "an integer")]
    [InlineData("""{"engine":"testcard","function":"render","input":{"width":0}}""", "/input/width", "at least 1")]
    [InlineData("""{"engine":"testcard","function":"render","input":{"width":1.5}}""", "/input/width", "an integer")]
    [InlineData("""{"engine":"testcard","function":"render","input":{"width":1e300}}""", "/input/width", "an integer")]
    [InlineData("""{"engine":"testcard","function":"render","input":{"width":9223372036854775808}}""", "/input/width", "64 bits")]
    [InlineData("""{"engine":"testcard","function":"render","input":{"nothing":[0,{"a":-99999999999999999999999}]}}""", "/input/nothing/1/a", "64 bits")]
    [InlineData("""{"engine":"testcard","function":"render","input":{"ratio":1e999}}""", "/input/ratio", "64 bits")]
    [InlineData("""{"engine":"testcard","function":"render","input":{"text":"more than twenty characters"}}""", "/input/text", "at most 20")]
    [InlineData("""{"engine":"testcard","function":"render","input":{"text":5}}""", "/input/text", "a string")]
    [InlineData("""{"engine":"testcard","function":"render","input":{"format":"gif"}}""", "/input/format", "png, jpeg, webp")]
    [InlineData("""{"engine":"testcard","function":"render","input":{"ratio":0}}""", "/input/ratio", "more than 0")]
    [InlineData("""{"engine":"testcard","function":"render","input":{"set":{"objects[\"La/mp~\"].x":"a"}}}""", "/input/set/objects[\"La~1mp~0\"].x", "a number")]
    [InlineData("""{"engine":"testcard","function":"render","input":[]}""", "/input", "an object")]
    [InlineData("""{"engine":"testcard","function":"render","priority":101}""", "/priority", "0 to 100")]
    [InlineData("""{"engine":"testcard","function":"render","priority":"high"}""", "/priority", "an integer")]
    [InlineData("""{"engine":"testcard","function":"render","timeoutSeconds":-1}""", "/timeoutSeconds", "a number")]
    [InlineData("""{"engine":"testcard","function":"render","maxAttempts":21}""", "/maxAttempts", "1 to 20")]
    [InlineData("""{"engine":"testcard","function":"render","runAfter":"tomorrow"}""", "/runAfter", "RFC 3339")]
    [InlineData("""{"engine":"testcard","function":"render","runAfter":"2030-01-01T00:00:00"}""", "/runAfter", "offset")]
    [InlineData("""{"engine":"testcard","function":"render","tags":["ok","a\nb"]}""", "/tags/1", "control characters")]
    [InlineData("""{"engine":"testcard","function":"render","tags":"shop"}""", "/tags", "an array")]
    [InlineData("""{"engine":"testcard","function":"render","metadata":{"a":1}}""", "/metadata/a", "texts")]
    [InlineData("""{"engine":"testcard","function":"render","requires":{"gpu":"a|b"}}""", "/requires/gpu", "letters")]
    [InlineData("""{"function":"render"}""", "/engine", "required")]
    [InlineData("""{"engine":5,"function":"render"}""", "/engine", "text")]
    public async Task A_wrong_envelope_is_422_at_its_place_saying_what_is_right(string envelope, string pointer, string says)
    {
        using var response = await api.Client.PostJsonAsync("/v1/jobs", envelope);
        var problem = await response.ProblemAsync(422, "invalid_input", pointer);
        var details = problem["errors"]!.AsArray().Where(error => (string?)error!["pointer"] == pointer).Select(error => (string?)error!["detail"]);
        Assert.Contains(says, string.Join(' ', details), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Several_wrong_places_are_told_at_once()
    {
        using var response = await api.Client.PostJsonAsync("/v1/engines/testcard/functions/render", """{"width":-1,"text":1,"nothing":true}""");
        var problem = await response.ProblemAsync(422, "invalid_input", "/width");
        Assert.Equal(
            ["/nothing", "/text", "/width"],
            problem["errors"]!.AsArray().Select(error => (string?)error!["pointer"]).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"engine":"a","engine":"b"}""")] // the same name twice
    [InlineData("""{"engine":"testcard" /* comment */}""")]
    [InlineData("\u0001")]
    [InlineData("""{"engine":"testcard\ud83d"}""")] // half of a surrogate pair
    [InlineData("""{"engine":"testcard","input":{"\udca9":1}}""")]
    public async Task What_is_not_a_JSON_object_is_400(string body)
    {
        using var response = await api.Client.PostJsonAsync("/v1/jobs", body);
        await response.ProblemAsync(400, "malformed_request");
        using var call = await api.Client.PostJsonAsync("/v1/render", body);
        await call.ProblemAsync(400, "malformed_request");
    }

    [Fact]
    public async Task A_packed_body_is_never_unpacked()
    {
        using var packed = new MemoryStream();
        await using (var zip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.SmallestSize, leaveOpen: true))
            await zip.WriteAsync(new byte[50 << 20]);
        foreach (var path in new[] { "/v1/jobs", "/v1/render", "/v1/jobs:batch" })
        {
            using var content = new ByteArrayContent(packed.ToArray());
            content.Headers.ContentType = new(path.EndsWith("batch", StringComparison.Ordinal) ? "application/x-ndjson" : "application/json");
            content.Headers.ContentEncoding.Add("gzip");
            using var response = await api.Client.PostAsync(path, content);
            if (response.StatusCode == System.Net.HttpStatusCode.MultiStatus)
                Assert.All((await response.JsonAsync())["results"]!.AsArray(), line => Assert.Equal(400, (int?)line!["status"]));
            else
                await response.ProblemAsync(400, "malformed_request");
        }
    }

    [Fact]
    public async Task JSON_nested_without_end_is_400()
    {
        using var response = await api.Client.PostJsonAsync("/v1/jobs", new string('[', 100_000));
        await response.ProblemAsync(400, "malformed_request");
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("text/plain")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData(null)]
    public async Task An_envelope_under_a_type_that_pages_may_post_is_415_naming_json(string? type)
    {
        using var response = await api.Client.PostBytesAsync(
            "/v1/jobs", Encoding.UTF8.GetBytes("""{"engine":"testcard","function":"render"}"""), type);
        Assert.Contains("--json", (string?)(await response.ProblemAsync(415, "unsupported_media_type"))["detail"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/jobs")]
    [InlineData("/v1/render")]
    [InlineData("/v1/assets/missing")]
    public async Task JSON_over_256_KB_is_413(string path)
    {
        using var response = await api.Client.PostJsonAsync(path, $$"""{"engine":"{{new string('x', 300_000)}}"}""");
        await response.ProblemAsync(413, "too_large");
    }

    [Fact]
    public async Task By_path_an_unknown_engine_or_function_is_404_with_the_nearest_name()
    {
        using var engine = await api.Client.PostJsonAsync("/v1/engines/testcrd/functions/render", "{}");
        Assert.Contains("'testcard'", (string?)(await engine.ProblemAsync(404, "engine_not_found"))["detail"], StringComparison.Ordinal);
        using var function = await api.Client.PostJsonAsync("/v1/engines/testcard/functions/rendr", "{}");
        Assert.Contains("'render'", (string?)(await function.ProblemAsync(404, "function_not_found"))["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_engine_that_is_not_installed_is_503_naming_it()
    {
        foreach (var (path, body) in new[]
        {
            ("/v1/engines/blender/functions/render", "{}"), ("/v1/plot", "{}"), ("/v1/jobs", """{"engine":"blender","function":"render"}"""),
        })
        {
            using var response = await api.Client.PostJsonAsync(path, body);
            Assert.Contains(
                "'blender' is not installed",
                (string?)(await response.ProblemAsync(503, "engine_unavailable"))["detail"],
                StringComparison.Ordinal);
            Assert.NotNull(response.Headers.RetryAfter);
        }
    }

    [Fact]
    public void While_several_engines_start_none_is_blamed_for_another()
    {
        EngineView Starting(string name) => new() { Name = name, Reason = $"No worker of engine '{name}' has been ready yet." };
        var view = new CatalogView([], new Dictionary<string, string>(), [Starting("blender"), Starting("plot")]);
        var problem = Assert.Throws<ProblemException>(() => FunctionSelector.Candidates(view, "plot", null)).Problem;
        Assert.Equal((ProblemKinds.EngineUnavailable, true), (problem.Kind, problem.RetryAfter > TimeSpan.Zero));
        Assert.Contains("has a function 'plot'", problem.Detail, StringComparison.Ordinal);
        Assert.All(["'blender'", "'plot'"], name => Assert.Contains(name + ": No worker", problem.Detail, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("GET", "/v1/nothing", 404, "route_not_found")]
    [InlineData("PATCH", "/v1/jobs", 405, "method_not_allowed")]
    [InlineData("GET", "/v1/render", 405, "method_not_allowed")]
    [InlineData("GET", "/v1/jobs/x?wait=-1", 400, "malformed_request")]
    [InlineData("GET", "/v1/jobs/x?wait=NaN", 400, "malformed_request")]
    [InlineData("GET", "/v1/jobs/x?include=secrets", 400, "malformed_request")]
    [InlineData("GET", "/v1/jobs/x/artifacts/", 404, "job_not_found")]
    [InlineData("GET", "/v1/jobs/x/log?tail=-1", 400, "malformed_request")]
    [InlineData("GET", "/v1/jobs/x/log?attempt=first", 400, "malformed_request")]
    [InlineData("GET", "/v1/events?after=yesterday", 400, "malformed_request")]
    [InlineData("GET", "/v1/events?type=nothing", 400, "malformed_request")]
    public async Task Wrong_paths_methods_and_queries_are_problems_too(string method, string path, int status, string code)
    {
        using var response = await api.Client.SendAsync(new HttpMethod(method), path);
        await response.ProblemAsync(status, code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"open")]
    [InlineData("käse")]
    public async Task A_broken_idempotency_key_is_400(string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs")
        {
            Content = new StringContent("{}", Encoding.UTF8, "application/json"),
        };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        using var handler = new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 };
        using var client = new HttpClient(handler) { BaseAddress = api.Client.BaseAddress };
        using var response = await client.SendAsync(request);
        await response.ProblemAsync(400, "malformed_request");
    }

    [Fact]
    public async Task A_full_queue_is_429_with_an_honest_Retry_After()
    {
        await using var host = await ApiHost.StartAsync(
            api.Redis.ConnectionString, settings => settings with { Engines = [ApiHost.Engine("small", queueLimit: 2)] });
        await using var node = new NodeActor(host, "n2");
        await node.ReportAsync(NodeActor.Engine("small", NodeActor.Render()));
        for (var i = 0; i < 2; i++)
            (await host.Client.PostJsonAsync("/v1/jobs", """{"engine":"small","function":"render"}""")).EnsureSuccessStatusCode();
        using var full = await host.Client.PostJsonAsync("/v1/jobs", """{"engine":"small","function":"render"}""");
        Assert.True((bool?)(await full.ProblemAsync(429, "queue_full"))["retryable"]);
        Assert.InRange(full.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 600);
        await node.RunOneAsync("small");
        (await host.Client.PostJsonAsync("/v1/jobs", """{"engine":"small","function":"render"}""")).EnsureSuccessStatusCode();
    }
}
