using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Workers.Testing;

namespace Workers.Server.Tests.Contract;

/// <summary>Whatever a client sends, a server answers as its OpenAPI document announces, and goes on serving. The requests are made from that document.</summary>
public sealed class ContractTests
{
    private const string Secret = "0123456789abcdef0123456789abcdef";
    private const int Clients = 8;
    private const int RequestsAClient = 700;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>The first of the seeds; others make other requests.</summary>
    private static readonly int FirstSeed = int.Parse(Environment.GetEnvironmentVariable("SEED") ?? "1", System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public async Task Nothing_is_answered_that_the_document_does_not_announce()
    {
        using var folder = new TempFolder();
        await using var server = await ServerProcess.StartAsync(folder.FullPath, Config(folder));
        await server.EngineIsAvailableAsync("testcard");
        await StoreTemplateAsync(server);
        var operations = Operation.AllOf(await server.GetAsync("/openapi/v1.json"));
        var check = new ContractCheck(operations);
        var (faults, statuses) = (new ConcurrentQueue<string>(), new ConcurrentDictionary<int, int>());

        await Task.WhenAll(Enumerable.Range(FirstSeed, Clients).Select(async seed =>
        {
            var requests = new HostileRequests(operations, Secret, seed);
            for (var number = 0; number < RequestsAClient; number++)
            {
                var request = requests.Next();
                if (await AnswerAsync(server, request, requests) is not { } answer)
                    continue;
                statuses.AddOrUpdate(answer.Status, 1, (_, count) => count + 1);
                if (check.Fault(request.Operation.Method, request.Path, answer) is { } fault)
                    faults.Enqueue($"seed {seed}, request {number}: {fault}\n  {request}\n  {answer}");
            }
        }));

        Assert.True(faults.IsEmpty, string.Join('\n', faults.Take(5)));
        Assert.All([200, 201, 202, 204, 207, 400, 403, 404, 409, 412, 415, 422], status => Assert.True(statuses.ContainsKey(status), $"{status} was never met"));
        Assert.DoesNotContain(" fail: ", server.Output, StringComparison.Ordinal);
        var last = await server.EndAsync(await server.SubmitAsync("testcard", "render", new JsonObject { ["width"] = 8, ["height"] = 8 }));
        Assert.Equal("succeeded", (string?)last["state"]);
    }

    [Theory]
    [InlineData("GET", "/v1/things/a", 200, "application/json", "{}", null)]
    [InlineData("GET", "/v1/things/a%20b", 200, "image/png", "…", null)]
    [InlineData("HEAD", "/v1/things/a", 404, "", "", null)]
    [InlineData("GET", "/v1/things/a", 404, "application/problem+json", "thing_not_found", null)]
    [InlineData("PUT", "/v1/things/a", 405, "application/problem+json", "method_not_allowed", null)]
    [InlineData("GET", "/v1/things/a", 500, "application/problem+json", "internal", "the server failed")]
    [InlineData("GET", "/v1/things/a", 202, "application/json", "{}", "status 202 is not announced")]
    [InlineData("GET", "/v1/things/a", 200, "application/json", "{", "its JSON cannot be read")]
    [InlineData("GET", "/v1/things/a", 404, "application/problem+json", "other_not_found", "404 other_not_found is not announced")]
    [InlineData("GET", "/v1/things/a", 409, "application/problem+json", "thing_not_found", "409 thing_not_found is not announced")]
    [InlineData("GET", "/v1/things/a", 404, "text/html", "thing_not_found", "an error as 'text/html'")]
    [InlineData("GET", "/v1/others/a", 404, "application/problem+json", "thing_not_found", "404 thing_not_found is not announced")]
    public void The_check_tells_what_is_announced(string method, string path, int status, string type, string said, string? fault)
    {
        var document = JsonNode.Parse("""
            {"paths": {"/v1/things/{id}": {
              "get": {"responses": {"200": {"description": "OK", "content": {"application/json": {}, "image/png": {}}}, "404": {"description": "`thing_not_found`: No such thing"}}},
              "head": {"responses": {"200": {"description": "OK"}}}}}}
            """)!;
        var body = type == "application/problem+json"
            ? $$"""{"type":"urn:workers:problem:{{said}}","title":"t","status":{{status}},"detail":"d","code":"{{said}}","traceId":"1"}""" : said;
        Assert.Equal(fault, new ContractCheck(Operation.AllOf(document)).Fault(method, path, new Answer(status, type, body)));
    }

    // Null where the server held the request, as it may, and the client went away.
    private static async Task<Answer?> AnswerAsync(ServerProcess server, HostileRequest request, HostileRequests requests)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            using var message = request.ToMessage();
            using var response = await server.Http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            var type = response.Content.Headers.ContentType?.MediaType ?? "";
            var body = type == "text/event-stream" ? "" : await response.Content.ReadAsStringAsync(patience.Token);
            if (type == "application/json" && ContractCheck.Parsed(body) is JsonObject document)
                Learn(document, requests);
            return new Answer((int)response.StatusCode, type, body);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return null;
        }
    }

    private static void Learn(JsonObject document, HostileRequests requests)
    {
        if (document["id"] is JsonValue id)
            requests.Learn("id", id.ToString());
        if (document["asset"] is JsonValue asset)
            requests.Learn("hex", asset.ToString().Replace("sha256:", "", StringComparison.Ordinal));
    }

    private static async Task StoreTemplateAsync(ServerProcess server)
    {
        using var body = new StringContent(
            """{"engine":"testcard","function":"render","input":{"width":8,"height":8},"parameters":{"seed":{"type":"integer","default":1,"minimum":0,"maximum":9,"drives":"/seed"}}}""",
            Encoding.UTF8, "application/json");
        using var stored = await server.Http.PutAsync("/v1/templates/card", body);
        Assert.True(stored.IsSuccessStatusCode, await stored.Content.ReadAsStringAsync());
    }

    private static string[] Config(TempFolder folder)
    {
        var path = Path.Combine(folder.FullPath, "workers.json");
        var models = Directory.CreateDirectory(Path.Combine(folder.FullPath, "models")).FullName;
        File.WriteAllText(Path.Combine(models, "chair.txt"), "a chair");
        File.WriteAllText(path, $$"""
            {
              "engines": { "blender": null, "plot": null, "testcard": { "workers": 2 } },
              "urlKeys": [{ "id": "main", "secret": "{{Secret}}" }],
              "roots": { "models": "{{models}}" }, "watch": [{ "root": "models", "functions": ["render"], "seconds": 0.2 }], "fetch": { "enabled": true }
            }
            """);
        return ["--config", path];
    }
}
