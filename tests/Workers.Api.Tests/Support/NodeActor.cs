using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Workers.Api.Engines;
using Workers.Jobs.Nodes;
using Workers.Jobs.Redis;

namespace Workers.Api.Tests.Support;

/// <summary>
/// Plays a node through the real stores: reports engines, claims, completes and fails. What it makes is as a node makes it; only the worker is
/// missing.
/// </summary>
internal sealed class NodeActor(ApiHost host, string id = "n1") : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private NodeReport? report;
    private Task heartbeat = Task.CompletedTask;

    public static readonly byte[] Picture = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");

    private AttemptStore Attempts => host.Services.GetRequiredService<AttemptStore>();

    /// <summary>Reports engines with their functions, and waits until the API has seen them.</summary>
    public async Task ReportAsync(params EngineReport[] engines)
    {
        var isFirst = report is null;
        report = new NodeReport
        {
            Id = id,
            Boot = "b1",
            State = "active",
            Host = "machine",
            Version = "1.0",
            Engines = engines,
            Workers = [.. engines.Where(engine => engine.Available).Select(engine => new WorkerReport
            {
                Id = $"{id}.{engine.Name}-1", Node = id, Engine = engine.Name, State = "ready", Pid = 4242, Calls = 3, ResidentBytes = 1 << 20,
                Jobs = ["j1", "j2"], Loop = JsonNode.Parse("""{"insideSeconds":1.5,"outsideSeconds":40,"longestSeconds":0.25}"""),
            })],
        };
        await ReportAgainAsync();
        if (isFirst)
            heartbeat = BeatAsync();
        await host.Services.GetRequiredService<EngineCatalog>().RefreshAsync(CancellationToken.None);
    }

    /// <summary>Falls silent.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await heartbeat;
        stop.Dispose();
    }

    private Task ReportAgainAsync() => host.Services.GetRequiredService<NodeRegistry>().ReportAsync(report!, CancellationToken.None);

    private async Task BeatAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(2));
        try
        {
            while (await timer.WaitForNextTickAsync(stop.Token))
                await ReportAgainAsync();
        }
        catch (Exception exception) when (exception is OperationCanceledException or RedisUnavailableException or ObjectDisposedException)
        {
            // The test is over, or has taken Redis away.
        }
    }

    /// <summary>An engine with these functions.</summary>
    public static EngineReport Engine(string name, params FunctionReport[] functions) => new()
    {
        Name = name, Available = functions.Length > 0, Reason = functions.Length > 0 ? null : $"'{name}' is not installed", Version = "1.0", Size = 1,
        CallTimeoutSeconds = 600, Functions = functions, Facts = JsonNode.Parse("""{"formats":["png","jpeg"]}"""),
    };

    /// <summary>The testcard's render, as its worker announces it in its main parts.</summary>
    public static FunctionReport Render(bool cacheable = true) => new()
    {
        Name = "render",
        Description = "Draws a test card.",
        Picture = true,
        Cacheable = cacheable,
        Input = JsonNode.Parse("""
            {"type":"object","additionalProperties":false,"properties":{
              "width":{"type":"integer","minimum":1,"maximum":4096,"default":64},
              "text":{"type":["string","null"],"maxLength":20,"default":null},
              "format":{"type":"string","enum":["png","jpeg","webp"],"default":"png"},
              "ratio":{"type":"number","exclusiveMinimum":0},
              "set":{"type":"object","additionalProperties":{"type":"number"}}}}
            """)!,
    };

    /// <summary>A render that opens a file.</summary>
    public static FunctionReport FileRender() => new()
    {
        Name = "render",
        Picture = true,
        Cacheable = true,
        FileTypes = ["blend", "gltf", "obj", "dae"],
        Input = JsonNode.Parse("""
            {"type":"object","additionalProperties":false,"required":["file"],"properties":{
              "file":{"type":"string","format":"asset"},
              "width":{"type":"integer","default":512},
              "samples":{"type":"integer"},
              "show":{"type":"array","items":{"type":"string"}},
              "images":{"type":"object","additionalProperties":{"type":"string","format":"asset"}}}}
            """)!,
    };

    /// <summary>A function without a picture.</summary>
    public static FunctionReport Inspect() => new() { Name = "inspect", Input = JsonNode.Parse("""{"type":"object","properties":{}}""")! };

    public static FunctionReport Preload() => new()
    {
        Name = "preload",
        Input = JsonNode.Parse("""{"type":"object","required":["file"],"properties":{"file":{"type":"string","format":"asset"},"entry":{"type":"string"}}}""")!,
    };

    /// <summary>Claims the next job of an engine; waits for one.</summary>
    public Task<ClaimedJob> ClaimAsync(string engine = "testcard") => Eventually.GivesAsync(
        () => Attempts.ClaimAsync(
            new ClaimRequest(engine, id, "b1", $"{id}.{engine}-1", 4242, new Dictionary<string, string>()), CancellationToken.None),
        $"a job of {engine}")!;

    /// <summary>Ends a job as succeeded with the picture.</summary>
    public async Task CompleteAsync(
        ClaimedJob claimed, JsonNode? output = null, bool picture = true, Keeping? keeping = null, byte[]? content = null)
    {
        var blob = await host.Blobs.StoreAsync(new MemoryStream(content ?? Picture), long.MaxValue, CancellationToken.None);
        var result = new JobResult
        {
            Output = output,
            Artifacts = picture
                ?
                [
                    new JobArtifact("image.png", AssetId.Of(blob.Hex), "image/png", blob.Size, 1, 1),
                    new JobArtifact("passes/depth 1.png", AssetId.Of(blob.Hex), "image/png", blob.Size, 1, 1),
                ]
                : [],
            Warm = "process",
            Timings = new JobTimings(0, 0.25, 0.05),
        };
        Assert.Equal(LeaseOutcome.Accepted, await Attempts.CompleteAsync(claimed.Lease, result, [], keeping, CancellationToken.None));
    }

    /// <summary>Claims and completes one.</summary>
    public async Task<Job> RunOneAsync(string engine = "testcard", JsonNode? output = null, bool picture = true)
    {
        var claimed = await ClaimAsync(engine);
        await CompleteAsync(claimed, output, picture);
        return claimed.Job;
    }

    /// <summary>Ends a job as failed.</summary>
    public Task FailAsync(ClaimedJob claimed, JobFailure failure) =>
        Attempts.FailAsync(claimed.Lease, failure, AttemptEnd.Final, TimeSpan.Zero, CancellationToken.None);

    /// <summary>Reports progress.</summary>
    public Task ProgressAsync(ClaimedJob claimed, double fraction) =>
        Attempts.ReportProgressAsync(claimed.Lease, new JobProgress(fraction, "drawing", 1), CancellationToken.None);

    /// <summary>Stores a snapshot.</summary>
    public Task SnapshotAsync(ClaimedJob claimed) =>
        Attempts.StoreSnapshotAsync(claimed.Lease, new JobSnapshot(Picture, "image/png", 1, 1), CancellationToken.None);

    /// <summary>Appends to the log.</summary>
    public Task LogAsync(ClaimedJob claimed, string text) =>
        Attempts.AppendLogAsync(claimed.Lease, System.Text.Encoding.UTF8.GetBytes(text), CancellationToken.None);
}
