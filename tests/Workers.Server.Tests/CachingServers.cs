using System.Net;
using Workers.Testing;

namespace Workers.Server.Tests;

/// <summary>
/// Two API processes over one Redis and one folder, the first with a node, too. Its testcard has two more functions: <c>draw</c>, which notes each of
/// its runs in a file, and <c>preview</c>.
/// </summary>
public sealed class CachingServers : IAsyncLifetime, IDisposable
{
    internal const string UrlSecret = "correct-horse-battery-staple-0123456789";

    private const string Draw = """
        import time
        from workers_kit import Asset, current_call, function, output, reads, sleep, uncacheable
        COLOUR = "red"

        @function(picture=True, cacheable=True)
        def draw(tally: str, name: str = "", seconds: float = 0.0, reading: str = "", volatile: bool = False, fail: bool = False) -> None:
            with open(tally, "a") as runs:
                runs.write(f"{current_call().attempt}\n")
            text = COLOUR + name
            if reading:
                reads(reading)
                with open(reading) as file:
                    text += file.read()
            if volatile:
                uncacheable("a time limit")
            sleep(seconds)
            if fail:
                raise ValueError("no\r\nforged \x1b[2J")
            with open(output("image.png", width=1, height=1), "w") as target:
                target.write(f"{text} {time.time_ns()}")

        @function(picture=True, cacheable=True)
        def preview(file: Asset) -> None:
            with open(output("image.png", width=1, height=1), "w") as target:
                target.write(f"{time.time_ns()}")
        """;

    private readonly TestRedis redis = new();
    private readonly TempFolder folder = new();
    private int tallies;

    internal ServerProcess First { get; private set; } = null!;

    internal ServerProcess Second { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(folder.Below("models"));
        Directory.CreateDirectory(folder.Below("functions"));
        await WriteFunctionAsync("red");
        await File.WriteAllTextAsync(folder.Below("workers.json"), """
            { "engines": { "blender": null, "plot": null, "testcard": { "workers": 2, "functions": ["functions"] } },
              "roots": { "models": "models" }, "cache": { "negativeSeconds": 1 },
              "urlKeys": [ { "id": "k1", "secret": "correct-horse-battery-staple-0123456789" } ] }
            """);
        string[] Role(string role) =>
            ["--role", role, "--redis", redis.ConnectionString, "--config", folder.Below("workers.json"), "--runtime", folder.Below("run")];
        First = ServerProcess.Launch(folder.Below("data"), Role("all"));
        await First.BecomesReadyAsync();
        Second = ServerProcess.Launch(folder.Below("data"), Role("api"));
        await Second.BecomesReadyAsync();
        await First.EngineIsAvailableAsync("testcard");
        await Second.EngineIsAvailableAsync("testcard");
    }

    public async Task DisposeAsync()
    {
        foreach (var server in new[] { Second, First }.OfType<ServerProcess>())
            await server.DisposeAsync();
        await redis.DisposeAsync();
    }

    public void Dispose() => folder.Dispose();

    /// <summary>A file below the root <c>models</c>.</summary>
    internal string Model(string name) => folder.Below("models", name);

    internal Task WriteFunctionAsync(string colour) =>
        File.WriteAllTextAsync(folder.Below("functions", "draw.py"), Draw.Replace("\"red\"", $"\"{colour}\"", StringComparison.Ordinal));

    /// <summary>A call whose runs are counted.</summary>
    internal CountedCall Call(string more = "") => new(folder.Below($"tally-{Interlocked.Increment(ref tallies)}"), more);

    internal async Task<string> BuildAsync(ServerProcess? server = null) =>
        (string?)(await (server ?? First).GetAsync("/v1/engines/testcard"))["build"] ?? "";
}

/// <summary>A call of <c>draw</c>.</summary>
/// <param name="Tally">Gets a line for each run: the number of the attempt.</param>
/// <param name="More">More members of the input.</param>
internal sealed record CountedCall(string Tally, string More)
{
    internal int Runs => File.Exists(Tally) ? File.ReadAllLines(Tally).Length : 0;

    internal async Task<CachedAnswer> SendAsync(ServerProcess server, string query = "", params (string Name, string Value)[] headers)
    {
        using var request = Request(query, headers);
        using var response = await server.Http.SendAsync(request);
        return await CachedAnswer.ReadAsync(response);
    }

    internal HttpRequestMessage Request(string query, params (string Name, string Value)[] headers)
    {
        var input = $$"""{"tally":"{{Tally}}"{{(More.Length > 0 ? "," + More : "")}}}""";
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/engines/testcard/functions/draw" + query)
        {
            Content = new StringContent(input, System.Text.Encoding.UTF8, "application/json"),
        };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }
}

/// <summary>What a test looks at in an answer.</summary>
internal sealed record CachedAnswer(HttpStatusCode Code, string Status, string JobId, string Body, string ETag)
{
    internal static async Task<CachedAnswer> ReadAsync(HttpResponseMessage response)
    {
        string Header(string name) => response.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : "";
        return new CachedAnswer(
            response.StatusCode, Header("Cache-Status"), Header("Job-Id"), await response.Content.ReadAsStringAsync(), Header("ETag"));
    }
}
