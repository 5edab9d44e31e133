using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Workers.Jobs.Events;
using Workers.Jobs.Redis;

namespace Workers.Api.Engines;

/// <summary>Looks at the nodes each second, and at once when something desired changed.</summary>
internal sealed partial class EngineCatalogRefresher(EngineCatalog catalog, Hints hints, ILogger<EngineCatalogRefresher> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var changed = new SemaphoreSlim(0, 1);
        void OnChange()
        {
            try
            {
                changed.Release();
            }
            catch (SemaphoreFullException)
            {
                // One wake-up is already waiting.
            }
        }

        hints.DesiredChanged += OnChange;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                await LookAsync(stoppingToken);
                await changed.WaitAsync(Pause, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
        finally
        {
            hints.DesiredChanged -= OnChange;
        }
    }

    private async Task LookAsync(CancellationToken cancellation)
    {
        try
        {
            await catalog.RefreshAsync(cancellation);
        }
        catch (RedisUnavailableException exception)
        {
            LogBlind(exception.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The nodes cannot be looked at just now: {Reason}")]
    private partial void LogBlind(string reason);
}
