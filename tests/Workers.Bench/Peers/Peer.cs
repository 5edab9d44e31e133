using System.Diagnostics;
using System.Globalization;
using Workers.Bench.Setup;
using Workers.Testing;

namespace Workers.Bench.Peers;

/// <summary>What one would build without us, running: Fastify takes the request, BullMQ queues it, a process of its own answers it.</summary>
internal sealed class Peer : IAsyncDisposable
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(30);
    private static readonly string Folder = RepositoryPaths.Below("dist", "peers");
    private readonly Process server;
    private readonly Process worker;

    private Peer(Process server, Process worker, int port)
    {
        (this.server, this.worker) = (server, worker);
        Client = new LeanClient(new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")));
    }

    /// <summary>Speaks to it.</summary>
    public LeanClient Client { get; }

    /// <summary>Installs what it is made of, once.</summary>
    /// <exception cref="InvalidOperationException">npm cannot be had, or the packages cannot.</exception>
    public static async Task InstallAsync(CancellationToken cancellation)
    {
        using var install = Process.Start(new ProcessStartInfo(RepositoryPaths.Below("src", "make", "peers.sh")))!;
        await install.WaitForExitAsync(cancellation).WithinLimitAsync();
        if (install.ExitCode != 0)
            throw new InvalidOperationException("Fastify and BullMQ could not be installed: npm is missing, or its registry cannot be reached.");
    }

    /// <summary>Starts both processes; they answer when this returns.</summary>
    /// <param name="redis">Their Redis.</param>
    /// <param name="concurrency">Jobs at once.</param>
    /// <param name="engines">Warm Python processes that draw, as our workers do; 0: its own process draws.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<Peer> StartAsync(TestRedis redis, int concurrency, int engines, CancellationToken cancellation)
    {
        var port = TestPorts.Free();
        var worker = Start("worker.mjs", [redis.Port, concurrency, .. engines > 0 ? (object[])[Programs.Python, engines] : []]);
        var peer = new Peer(Start("server.mjs", redis.Port, port), worker, port);
        for (var clock = Stopwatch.StartNew(); ; await Task.Delay(50, cancellation))
        {
            try
            {
                await peer.CardAsync(0, cancellation);
                return peer;
            }
            catch (HttpRequestException) when (clock.Elapsed < ReadyLimit)
            {
                // It does not listen yet.
            }
        }
    }

    /// <summary>One no-op of 64 px.</summary>
    public Task<double> CardAsync(long seed, CancellationToken cancellation) => Client.PictureAsync("/render", LeanClient.Card(seed), cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        foreach (var process in (Process[])[server, worker])
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    private static Process Start(string script, params object[] arguments) => Process.Start(new ProcessStartInfo(
        "node", [Path.Combine(Folder, script), .. arguments.Select(argument => Convert.ToString(argument, CultureInfo.InvariantCulture)!)])
    {
        RedirectStandardOutput = true, // A few bytes; nobody needs to read them.
        Environment = { ["PYTHONPATH"] = RepositoryPaths.Below("src", "python"), ["PYTHONDONTWRITEBYTECODE"] = "1" },
    })!;
}
