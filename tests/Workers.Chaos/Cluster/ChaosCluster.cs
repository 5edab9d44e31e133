using System.Text.Json;
using System.Text.Json.Nodes;
using Workers.Testing;

namespace Workers.Chaos.Cluster;

/// <summary>Two APIs and two nodes with testcard workers on one Redis that syncs every write, all plain processes.</summary>
internal sealed class ChaosCluster : IAsyncDisposable
{
    private const int WorkersOfNode = 2;
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(120);
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(10) };

    private readonly RedisPair redises;

    private ChaosCluster(string folder, bool withReplica)
    {
        Folder = folder;
        redises = new RedisPair(withReplica);
        var configuration = Path.Combine(folder, "workers.json");
        File.WriteAllText(configuration, Configuration().ToJsonString());
        ServerSlot Slot(string name, string role) => ServerSlot.Start(name, role, Redis.Port, folder, configuration);
        Apis = [Slot("api-1", "api"), Slot("api-2", "api")];
        Nodes = [Slot("node-1", "node"), Slot("node-2", "node")];
    }

    /// <summary>Data, runtime folders and logs.</summary>
    public string Folder { get; }

    /// <summary>The one that answers now.</summary>
    public TestRedis Redis => redises.Primary;

    /// <summary>Held while a fault acts on Redis.</summary>
    public SemaphoreSlim RedisGate { get; } = new(1);

    public IReadOnlyList<ServerSlot> Apis { get; }

    public IReadOnlyList<ServerSlot> Nodes { get; }

    public IEnumerable<ServerSlot> All => Apis.Concat(Nodes);

    /// <summary>Starts everything; ready when this returns.</summary>
    /// <param name="folder">For everything that it writes.</param>
    /// <param name="withReplica">Whether <see cref="FailOverAsync"/> will be wanted.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<ChaosCluster> StartAsync(string folder, bool withReplica, CancellationToken cancellation)
    {
        var cluster = new ChaosCluster(folder, withReplica);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(ReadyLimit);
        while ((await cluster.WorkersAsync(limit.Token)).Count(worker => worker.State == "ready") < WorkersOfNode * cluster.Nodes.Count)
            await Task.Delay(100, limit.Token);
        return cluster;
    }

    /// <summary>The workers as an API tells of them; none when it does not answer.</summary>
    public async Task<IReadOnlyList<(string State, int? Pid)>> WorkersAsync(CancellationToken cancellation)
    {
        foreach (var api in Apis)
        {
            try
            {
                var list = JsonNode.Parse(await http.GetStringAsync(new Uri(api.Address, "/v1/workers"), cancellation))!;
                return [.. list["workers"]!.AsArray().Select(worker => ((string)worker!["state"]!, (int?)worker["pid"]))];
            }
            catch (Exception error) when (error is HttpRequestException or JsonException || (error is TaskCanceledException && !cancellation.IsCancellationRequested))
            {
                // That one is down just now.
            }
        }

        return [];
    }

    /// <summary>The primary is killed and its replica, which is behind by as long as that, takes its place for everybody.</summary>
    public async Task FailOverAsync(TimeSpan behind, CancellationToken cancellation)
    {
        await redises.FailOverAsync(behind, cancellation);
        foreach (var server in All)
            server.Link.Redirect(Redis.Port);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in All)
            await server.DisposeAsync();
        await redises.DisposeAsync();
        RedisGate.Dispose();
        http.Dispose();
    }

    private static JsonObject Configuration() => new()
    {
        ["stopGraceSeconds"] = 5,
        ["engines"] = new JsonObject
        {
            ["blender"] = null,
            ["plot"] = null,
            ["testcard"] = new JsonObject
            {
                ["workers"] = WorkersOfNode,
                ["faults"] = true,
                ["queueLimit"] = 1_000_000,
                ["stallTimeoutSeconds"] = 3,
                ["cancelGraceSeconds"] = 1,
            },
        },
    };
}
