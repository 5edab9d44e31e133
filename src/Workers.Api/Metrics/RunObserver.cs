using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Workers.Jobs.Events;
using Workers.Jobs.Redis;

namespace Workers.Api.Metrics;

/// <summary>
/// Reads the stream of all jobs and counts waits and run times. Every API process sees the same events, so each one's histograms stand for the
/// whole installation: take one of them, don't add them up.
/// </summary>
internal sealed partial class RunObserver(EventFeed feed, RunHistograms histograms, ILogger<RunObserver> logger) : BackgroundService
{
    // Nobody waits for a metric: looking each second costs one call and no wake-ups.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        string? position = null;
        using var timer = new PeriodicTimer(Pause);
        try
        {
            do
            {
                position = await LookAsync(position, stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async Task<string?> LookAsync(string? position, CancellationToken cancellation)
    {
        try
        {
            position ??= await feed.NewestAsync(cancellation);
            while (await feed.ReadAllAsync(position, cancellation) is { Events.Count: > 0 } page)
            {
                foreach (var happened in page.Events)
                    Count(happened);
                position = page.Events[^1].Id;
            }
        }
        catch (RedisUnavailableException exception)
        {
            LogBlind(exception.Message);
        }

        return position;
    }

    private void Count(JobEvent happened)
    {
        if (happened.Type is not ("started" or "succeeded"))
            return;
        using var data = JsonDocument.Parse(happened.Data);
        if (!data.RootElement.TryGetProperty("engine", out var engine))
            return;
        if (data.RootElement.TryGetProperty("queueSeconds", out var waited))
            histograms.Waited(engine.GetString()!, waited.GetDouble());
        if (data.RootElement.TryGetProperty("runSeconds", out var ran))
            histograms.Ran(engine.GetString()!, ran.GetDouble());
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The events cannot be read for the metrics just now: {Reason}")]
    private partial void LogBlind(string reason);
}
