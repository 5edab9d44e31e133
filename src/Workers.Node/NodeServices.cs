using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Workers.Blobs;
using Workers.Jobs.Assets;
using Workers.Jobs.Configuration;
using Workers.Jobs.Files;
using Workers.Node.Agent;
using Workers.Node.Dispatch;
using Workers.Node.Maintenance;
using Workers.Node.Pools;
using Workers.Node.Processes;
using Workers.Node.Protocol;
using Workers.Node.Runtime;
using Workers.Node.Warmth;
using Workers.Node.Workers;

namespace Workers.Node;

/// <summary>Adds a node to a host.</summary>
public static class NodeServices
{
    private static readonly TimeSpan ShutdownSlack = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Adds everything a node is made of. The stores of Workers.Jobs, <c>Hints</c> and <see cref="IBlobStore"/> must be there; hosted services are
    /// started in this order and stopped in reverse.
    /// </summary>
    /// <exception cref="RuntimeFolderInUseException">When the host starts and another node uses <see cref="ServerSettings.Runtime"/>.</exception>
    public static IServiceCollection AddWorkersNode(this IServiceCollection services, ServerSettings settings)
    {
        // What it stands on.
        services.TryAddSingleton(settings);
        services.AddSingleton(NodeIdentity.New(settings));
        services.AddSingleton(_ => new RuntimeFolder(settings.Runtime));
        services.AddSingleton(OpenHost);

        // Workers and the jobs they run.
        services.AddSingleton(provider => new PoolSet(provider.GetRequiredService<WorkerHost>(), settings.Engines));
        services.AddSingleton<RunningAttempts>();
        services.AddSingleton<BlobCarrier>().AddHostedService(provider => provider.GetRequiredService<BlobCarrier>());
        services.AddSingleton<OutputCollector>();
        services.AddSingleton(provider => new AssetResolver(
            provider.GetRequiredService<IBlobStore>(), provider.GetRequiredService<AssetRegistry>(), settings.Roots));
        services.AddSingleton(provider => new ResultKeeper(provider.GetRequiredService<FileDigests>(), settings.Roots));
        services.AddSingleton<AttemptSettler>();
        services.AddSingleton<AttemptRunner>();
        services.AddSingleton(provider => new AssetsAhead(
            provider.GetRequiredService<IBlobStore>(), settings.S3 is not null, provider.GetRequiredService<ILogger<AssetsAhead>>()));
        services.AddSingleton<DispatcherSet>();
        services.AddSingleton<NodeReporter>();
        services.AddSingleton<DesiredState>();

        // What runs all the time.
        services.AddSingleton<Promoter>().AddHostedService(provider => provider.GetRequiredService<Promoter>());
        services.AddHostedService<Recoverer>();
        services.AddHostedService<JobJanitor>();
        services.AddHostedService<BlobJanitor>();
        services.AddHostedService<LinkIndexer>();
        services.AddHostedService<ResultJanitor>();
        services.AddHostedService<LeaseKeeper>();
        services.AddHostedService<CancelListener>();
        services.AddHostedService<NodeAgent>();
        services.AddSingleton<Preloader>();
        services.AddHostedService<WarmKeeper>(); // Stopped before the agent: nothing is begun on workers that are to stop.

        services.Configure<HostOptions>(host =>
            host.ShutdownTimeout = TimeSpan.FromSeconds(settings.StopGraceSeconds) + NodeAgent.GiveBackLimit + ShutdownSlack);
        return services;
    }

    // In this order: the lock, then the predecessor's workers, then its files, then the socket.
    private static WorkerHost OpenHost(IServiceProvider provider)
    {
        var loggers = provider.GetRequiredService<ILoggerFactory>();
        var folder = provider.GetRequiredService<RuntimeFolder>();
        var orphans = new OrphanSweeper(folder.WorkerRecords, folder.Instance, loggers.CreateLogger<OrphanSweeper>());
        orphans.Sweep();
        folder.Empty();
        var listener = WorkerListener.Start(folder.Socket, loggers.CreateLogger<WorkerListener>());
        return new WorkerHost(provider.GetRequiredService<NodeIdentity>().Id, folder, listener, orphans, new RestartPolicy(), loggers);
    }
}
