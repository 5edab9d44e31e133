using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Workers.Testing;

namespace Workers.Bench.Setup;

/// <summary>A workers-server of its own, as <c>make build</c> leaves it under dist/, with a data folder of its own.</summary>
internal sealed class BenchServer : IAsyncDisposable
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(40);

    private readonly TempFolder folder = new();
    private readonly Process process;
    private readonly StreamWriter log;

    private BenchServer(int port, JsonObject configuration, IEnumerable<string> flags)
    {
        var address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
        var file = folder.Below("workers.json");
        File.WriteAllText(file, configuration.ToJsonString());
        log = new StreamWriter(folder.Below("server.log")) { AutoFlush = true };
        string[] data = configuration.ContainsKey("data") ? ["--runtime", folder.Below("run")] : ["--data", folder.Below("data")];
        string[] arguments = ["--urls", address, "--config", file, .. data, .. flags];
        process = new Process
        {
            StartInfo = new ProcessStartInfo(RepositoryPaths.Below("dist", "workers-server"), arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        process.OutputDataReceived += (_, line) => Log(line.Data);
        process.ErrorDataReceived += (_, line) => Log(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Address = address;
        Client = new LeanClient(new Uri(address));
    }

    /// <summary>Where it listens.</summary>
    public string Address { get; }

    /// <summary>Speaks to it.</summary>
    public LeanClient Client { get; }

    /// <summary>A server with workers of one engine; ready when this returns.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="workers">How many of its workers.</param>
    /// <param name="durability">Of its private Redis.</param>
    /// <param name="cancellation">Gives up.</param>
    public static Task<BenchServer> StartAsync(string engine, int workers, TestDurability durability, CancellationToken cancellation) =>
        StartAsync(engine, new JsonObject { ["workers"] = workers, ["queueLimit"] = 1_000_000 }, durability, cancellation);

    /// <summary>The same with the engine's configuration, which says how many workers it has.</summary>
    public static async Task<BenchServer> StartAsync(string engine, JsonObject configured, TestDurability durability, CancellationToken cancellation)
    {
        var workers = (int)configured["workers"]!;
        var engines = new JsonObject { ["testcard"] = null, ["blender"] = null, ["plot"] = null }; // None but the one that is measured.
        engines[engine] = configured;
        var server = Start(new JsonObject { ["engines"] = engines }, ["--durability", FlagOf(durability)]);
        await server.WaitAsync("the engine is warm", () => server.HasWarmAsync(engine, workers, cancellation), cancellation);
        return server;
    }

    /// <summary>A server with one worker of the testcard, a folder of functions and more configuration; ready when this returns.</summary>
    public static async Task<BenchServer> StartAsync(JsonObject more, string functions, CancellationToken cancellation)
    {
        var testcard = new JsonObject { ["workers"] = 1, ["functions"] = new JsonArray(functions) };
        more["engines"] = new JsonObject { ["blender"] = null, ["plot"] = null, ["testcard"] = testcard };
        var server = Start(more, []);
        await server.WaitAsync("the engine is warm", () => server.HasWarmAsync("testcard", 1, cancellation), cancellation);
        return server;
    }

    /// <summary>A node alone, over somebody's Redis and with another server's data folder; its workers come a moment later.</summary>
    public static BenchServer StartNode(TestRedis redis, string name, BenchServer blobs, int workers)
    {
        var testcard = new JsonObject { ["workers"] = workers, ["faults"] = true };
        var engines = new JsonObject { ["blender"] = null, ["plot"] = null, ["testcard"] = testcard };
        return Start(
            new JsonObject { ["engines"] = engines, ["data"] = blobs.folder.Below("data") },
            ["--role", "node", "--redis", redis.ConnectionString, "--node", name]);
    }

    /// <summary>What is left of calls and interrupted writes: nothing, while none is under way.</summary>
    public IReadOnlyList<string> Leftovers =>
    [
        .. new[] { folder.Below("run", "calls"), folder.Below("data", "blobs", "incoming") }.Where(Directory.Exists)
            .SelectMany(Directory.EnumerateFileSystemEntries),
    ];

    /// <summary>Its process.</summary>
    public int Pid => process.Id;

    /// <summary>The API alone, over somebody's Redis; ready when this returns.</summary>
    public static async Task<BenchServer> StartApiAsync(TestRedis redis, CancellationToken cancellation)
    {
        var server = Start([], ["--role", "api", "--redis", redis.ConnectionString]);
        await server.WaitAsync("the API answers", () => server.Client.AnswersAsync("/livez", cancellation), cancellation);
        return server;
    }

    /// <summary>Its workers, as it tells of them.</summary>
    public async Task<IReadOnlyList<WorkerSeen>> WorkersAsync(CancellationToken cancellation)
    {
        var list = (await Client.GetAsync("/v1/workers", cancellation)).GetProperty("workers");
        return [.. list.EnumerateArray().Select(worker => new WorkerSeen(
            worker.GetProperty("node").GetString()!,
            worker.GetProperty("state").GetString()!,
            worker.TryGetProperty("pid", out var pid) && pid.ValueKind == JsonValueKind.Number ? pid.GetInt32() : null))];
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!process.HasExited) Signals.SendTerminate(process.Id);
        try
        {
            await process.WaitForExitAsync().WaitAsync(StopLimit);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
        }

        process.Dispose();
        lock (log) log.Dispose();
        folder.Dispose();
    }

    private static BenchServer Start(JsonObject configuration, IEnumerable<string> flags) => new(TestPorts.Free(), configuration, flags);

    private static string FlagOf(TestDurability durability) => durability switch
    {
        TestDurability.None => "none",
        TestDurability.EverySecond => "fast",
        _ => "always",
    };

    private async Task<bool> HasWarmAsync(string engine, int workers, CancellationToken cancellation)
    {
        if (!await Client.AnswersAsync("/v1/engines/" + engine, cancellation)) return false;
        return (await Client.GetAsync("/v1/engines/" + engine, cancellation)).GetProperty("available").GetBoolean()
            && (await WorkersAsync(cancellation)).Count(worker => worker.State == "ready") == workers;
    }

    private async Task WaitAsync(string what, Func<Task<bool>> holds, CancellationToken cancellation)
    {
        for (var clock = Stopwatch.StartNew(); !await holds();)
        {
            if (process.HasExited || clock.Elapsed > ReadyLimit)
            {
                var said = File.ReadLines(folder.Below("server.log")).LastOrDefault();
                await DisposeAsync();
                throw new InvalidOperationException($"The server did not come so far that {what}. It said last: {said}");
            }

            await Task.Delay(50, cancellation);
        }
    }

    private void Log(string? line)
    {
        if (line is null) return;
        lock (log)
        {
            if (log.BaseStream is not null) log.WriteLine(line);
        }
    }
}

/// <summary>A worker as the server tells of it.</summary>
internal sealed record WorkerSeen(string Node, string State, int? Pid);
