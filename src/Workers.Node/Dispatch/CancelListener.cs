using Microsoft.Extensions.Hosting;
using Workers.Jobs.Events;

namespace Workers.Node.Dispatch;

/// <summary>Stops attempts as soon as a cancel is heard; <see cref="LeaseKeeper"/> finds the ones whose hint was lost.</summary>
internal sealed class CancelListener(Hints hints, RunningAttempts attempts) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        hints.CancelRequested += attempts.Cancel;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        hints.CancelRequested -= attempts.Cancel;
        return Task.CompletedTask;
    }
}
