using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Workers.Blobs;
using Workers.Jobs;
using Workers.Jobs.Assets;
using Workers.Jobs.Configuration;
using Workers.Jobs.Engines;
using Workers.Jobs.Events;
using Workers.Jobs.Nodes;
using Workers.Jobs.Redis;
using Workers.Node.Dispatch;
using Workers.Node.Pools;
using Workers.Node.Runtime;

namespace Workers.Node.Tests.Dispatch;

/// <summary>A whole node as a server runs it, on a real Redis, with testcard workers.</summary>
internal sealed class NodeServer : IAsyncDisposable
{
    private readonly TempFolder temp = new();
    private readonly IHost host;

    private NodeServer(string redis, EngineSpecification engine, string node, double grace)
    {
        Settings = new ServerSettings
        {
            Data = temp.Below("data"),
            Runtime = temp.Below("run"),
            NodeId = node,
            Engines = [engine],
            StopGraceSeconds = grace,
            Roots = new Dictionary<string, string> { ["models"] = temp.Below("models") },
        };
        Directory.CreateDirectory(temp.Below("models"));
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSingleton<BlobCache>().AddSingleton<ArrivingBlobs>(provider => new ArrivingBlobs(
                new FolderBlobStore(BlobFolder, durable: false, provider.GetRequiredService<BlobCache>()),
                provider.GetRequiredService<ArrivingBytes>(), provider.GetRequiredService<BlobCache>()))
            .AddSingleton<IBlobStore>(provider => provider.GetRequiredService<ArrivingBlobs>());
        builder.Services.AddWorkersJobs(redis);
        builder.Services.AddWorkersNode(Settings);
        host = builder.Build();
    }

    public ServerSettings Settings { get; }

    public IBlobStore Blobs => Get<IBlobStore>();

    public string BlobFolder => temp.Below("blobs");

    public JobStore Jobs => Get<JobStore>();

    public RunningAttempts Attempts => Get<RunningAttempts>();

    public Pool Pool => Get<PoolSet>().All[0];

    public static async Task<NodeServer> StartAsync(
        TestRedis redis, EngineSpecification? engine = null, string node = "n1", double grace = 20, bool waitReady = true)
    {
        var server = new NodeServer(redis.ConnectionString, engine ?? NodeHarness.Testcard, node, grace);
        await server.host.StartAsync().WithinLimitAsync();
        var size = server.Pool.Specification.Workers;
        if (waitReady)
            await Eventually.HoldsAsync(() => server.Pool.ReportWorkers().Count(worker => worker.State == "ready") == size, "workers are ready");
        return server;
    }

    public T Get<T>()
        where T : notnull => host.Services.GetRequiredService<T>();

    /// <summary>Submits a job and gives its id.</summary>
    public async Task<string> SubmitAsync(string function, JsonObject input, Func<JobSpecification, JobSpecification>? with = null)
    {
        var specification = new JobSpecification { Engine = Pool.Specification.Name, Function = function, Input = input };
        var outcome = await Jobs.SubmitAsync(
            new Submission
            {
                Id = Submission.NewId(),
                Client = "anonymous",
                Specification = with is null ? specification : with(specification),
                BodyHash = "h",
            },
            CancellationToken.None);
        Assert.Equal(SubmitCode.Created, outcome.Code);
        return outcome.JobId;
    }

    public Task<string> FaultAsync(string kind, Func<JobSpecification, JobSpecification>? with = null, int[]? attempts = null, long amount = 1000) =>
        SubmitAsync(
            "fault",
            new JsonObject
            {
                ["kind"] = kind,
                ["amount"] = amount,
                ["onAttempts"] = attempts is null ? null : new JsonArray([.. attempts.Select(attempt => JsonValue.Create(attempt))]),
            },
            with);

    /// <summary>Waits until a job is in one of these states.</summary>
    public Task<Job> UntilAsync(string id, params JobState[] states) =>
        Eventually.GivesAsync(
            async () => await Jobs.FindAsync(id, CancellationToken.None) is { } job && states.Contains(job.State) ? job : null,
            $"job {id} is {string.Join(" or ", states)}");

    public Task<Job> EndAsync(string id) => UntilAsync(id, JobState.Succeeded, JobState.Failed, JobState.Canceled);

    /// <summary>The job when it is over and Redis can tell; null else.</summary>
    public async Task<Job?> TryEndAsync(string id)
    {
        try
        {
            return await Jobs.FindAsync(id, CancellationToken.None) is { } job && job.State.IsTerminal() ? job : null;
        }
        catch (RedisUnavailableException)
        {
            return null;
        }
    }

    public async Task<List<string>> EventsAsync(string id) =>
        [.. (await Get<EventFeed>().ReadJobAsync(id, null, CancellationToken.None)).Events.Select(entry => entry.Type)];

    public async Task<NodeReport> ReportAsync() =>
        (await Get<NodeRegistry>().ListAsync(CancellationToken.None)).Single(report => report.Id == Settings.NodeId);

    public string CallFolders => Path.Combine(Get<RuntimeFolder>().Root, "calls");

    public string Model(string name, string text)
    {
        File.WriteAllText(temp.Below("models", name), text);
        return temp.Below("models", name);
    }

    public Task StopAsync() => host.StopAsync().WithinLimitAsync();

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await ((IAsyncDisposable)host).DisposeAsync();
        temp.Dispose();
    }
}
