using Microsoft.Extensions.Logging.Console;
using Workers.Api;
using Workers.Blobs;
using Workers.Jobs;
using Workers.Jobs.Configuration;
using Workers.Jobs.PrivateRedis;
using Workers.Node;

namespace Workers.Server;

/// <summary>Puts the roles together: Redis first, then what every role shares, then the node, then the API.</summary>
internal static class ServerHost
{
    /// <summary>Runs until the process is asked to stop.</summary>
    public static async Task RunAsync(ServerSettings settings)
    {
        using var loggers = LoggerFactory.Create(Log);
        await using var redis = settings.Redis is null
            ? new PrivateRedisServer(PrivateRedis(settings), loggers.CreateLogger<PrivateRedisServer>())
            : null;
        var connection = settings.Redis ?? await redis!.StartAsync(CancellationToken.None);

        if (settings.Role == "node")
            await RunNodeAsync(settings, connection);
        else
            await RunApiAsync(settings, connection);
    }

    // Without a web server: a node listens to nobody but its own workers.
    private static async Task RunNodeAsync(ServerSettings settings, string connection)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        Log(builder.Logging);
        AddShared(builder.Services, settings, connection);
        builder.Services.AddWorkersNode(settings);
        builder.Services.AddHostedService<Greeting>();
        using var host = builder.Build();
        await host.RunAsync();
    }

    private static async Task RunApiAsync(ServerSettings settings, string connection)
    {
        // Empty: nothing but our own settings configures this host, no appsettings.json of the current folder and no ASPNETCORE_ variable.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        Log(builder.Logging);
        builder.WebHost.UseKestrel(kestrel => kestrel.AddServerHeader = false).UseUrls(settings.Urls);
        builder.Services.AddRouting();
        AddShared(builder.Services, settings, connection);
        if (settings.Role == "all")
            builder.Services.AddWorkersNode(settings);
        builder.Services.AddWorkersApi(settings);
        builder.Services.AddHostedService<Greeting>();
        await using var app = builder.Build();
        app.MapWorkersApi();
        await app.RunAsync();
    }

    private static void AddShared(IServiceCollection services, ServerSettings settings, string connection)
    {
        services.Configure<ConsoleLifetimeOptions>(lifetime => lifetime.SuppressStatusMessages = true);
        services.AddSingleton(settings);
        services.AddWorkersJobs(connection);
        services.AddWorkersBlobs(settings);
    }

    private static PrivateRedisOptions PrivateRedis(ServerSettings settings) => new()
    {
        DataFolder = settings.Data, Program = settings.RedisServer, Durability = settings.Durability, KeepRunning = settings.KeepRedis,
    };

    private static void Log(ILoggingBuilder logging) => logging
        .AddConsole(console => console.FormatterName = OneLineLog.FormatterName)
        .AddConsoleFormatter<OneLineLog, ConsoleFormatterOptions>()
        .SetMinimumLevel(LogLevel.Information)
        .AddFilter("Microsoft", LogLevel.Warning)
        .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical) // What ends a start is said once, by Program.
        .AddFilter("System", LogLevel.Warning);
}
