using Workers.Jobs.Configuration;

namespace Workers.Server;

/// <summary>Says once, when everything runs, what runs and where.</summary>
internal sealed partial class Greeting(ServerSettings settings, IHostApplicationLifetime lifetime, ILogger<Greeting> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(() =>
            LogStarted(Usage.Version, settings.Role, settings.Role == "node" ? "no address" : settings.Urls, settings.Data));
        lifetime.ApplicationStopping.Register(LogStopping);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(Level = LogLevel.Information, Message = "{Version} runs as {Role} at {Urls} with data in {Data}")]
    private partial void LogStarted(string version, string role, string urls, string data);

    [LoggerMessage(Level = LogLevel.Information, Message = "Stopping: running attempts get their grace, queued jobs stay queued")]
    private partial void LogStopping();
}
