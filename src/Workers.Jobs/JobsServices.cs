using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Workers.Jobs.Assets;
using Workers.Jobs.Events;
using Workers.Jobs.Files;
using Workers.Jobs.Nodes;
using Workers.Jobs.Queue;
using Workers.Jobs.Redis;
using Workers.Jobs.Warmth;
using Workers.Jobs.Watching;
using Workers.Jobs.Templates;

namespace Workers.Jobs;

/// <summary>Wires what API and nodes share: the gate to Redis and the stores over it.</summary>
public static class JobsServices
{
    /// <summary>Adds the gate, the stores, feeds and registries; they are connected before any service that is added later starts.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="connectionString">Of the Redis to use.</param>
    public static IServiceCollection AddWorkersJobs(this IServiceCollection services, string connectionString)
    {
        services.AddSingleton(new RedisGateOptions { ConnectionString = connectionString });
        services.AddSingleton<RedisGate>();
        services.AddSingleton<JobStore>();
        services.AddSingleton<AttemptStore>();
        services.AddSingleton<ResultStore>();
        services.AddSingleton<FileDigests>();
        services.AddSingleton<QueueStore>();
        services.AddSingleton<EventFeed>();
        services.AddSingleton<Hints>();
        services.AddSingleton<NodeRegistry>();
        services.AddSingleton<AssetRegistry>();
        services.AddSingleton<ArrivingBytes>();
        services.AddSingleton<FetchedUrls>();
        services.AddSingleton<TemplateStore>();
        services.AddSingleton<WarmStore>();
        services.AddSingleton<LinkIndex>();
        services.AddSingleton<WatchStore>();
        services.AddSingleton<InstallationSecret>();
        services.AddHostedService<Connection>();
        return services;
    }

    private sealed class Connection(RedisGate gate, Hints hints) : IHostedService
    {
        public async Task StartAsync(CancellationToken cancellationToken)
        {
            await gate.StartAsync(cancellationToken);
            await hints.StartAsync(cancellationToken);
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
