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

        await using var app = Build(settings, connection);
        await app.RunAsync();
    }

    private static WebApplication Build(ServerSettings settings, string connection)
    {
        // Empty: nothing but our own settings configures this host, no appsettings.json of the current folder and no ASPNETCORE_ variable.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        Log(builder.Logging);
        builder.WebHost.UseKestrel(kestrel => kestrel.AddServerHeader = false).UseUrls(settings.Role == "node" ? "" : settings.Urls);
        builder.Services.AddRouting();
        builder.Services.Configure<ConsoleLifetimeOptions>(lifetime => lifetime.SuppressStatusMessages = true);

        builder.Services.AddSingleton(settings);
        builder.Services.AddWorkersJobs(connection);
        builder.Services.AddWorkersBlobs(settings);
        if (settings.Role is "all" or "node")
            builder.Services.AddWorkersNode(settings);
        if (settings.Role is "all" or "api")
            builder.Services.AddWorkersApi(settings);
        builder.Services.AddHostedService<Greeting>();

        var app = builder.Build();
        if (settings.Role is "all" or "api")
            app.MapWorkersApi();
        return app;
    }

    private static PrivateRedisOptions PrivateRedis(ServerSettings settings) => new()
    {
        DataFolder = settings.Data, Program = settings.RedisServer, Durability = settings.Durability, KeepRunning = settings.KeepRedis,
    };

    private static void Log(ILoggingBuilder logging) => logging
        .AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.ColorBehavior = LoggerColorBehavior.Disabled;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
        })
        .SetMinimumLevel(LogLevel.Information)
        .AddFilter("Microsoft", LogLevel.Warning)
        .AddFilter("System", LogLevel.Warning);
}
