using Microsoft.AspNetCore.Http;

namespace Workers.Api.Events;

/// <summary>The rhythm of every stream: wait for a reason to look, look, write, ping when it was quiet.</summary>
internal static class StreamLoop
{
    /// <summary>The longest pause between two looks: hints may be lost.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(15);

    /// <summary>Runs a stream until it is over, its reader leaves or the server stops.</summary>
    /// <param name="context">The request.</param>
    /// <param name="step">Looks and adds events; <see cref="Step.Over"/> ends the stream.</param>
    /// <param name="wait">Waits for a reason to look again.</param>
    /// <param name="stopping">The server stops.</param>
    public static async Task RunAsync(
        HttpContext context, Func<SseWriter, CancellationToken, Task<Step>> step, Func<CancellationToken, Task> wait, CancellationToken stopping)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        var writer = new SseWriter(context);
        try
        {
            await writer.BeginAsync(stop.Token);
            var quietSince = Environment.TickCount64;
            while (true)
            {
                var done = await step(writer, stop.Token);
                if (done == Step.Quiet && Environment.TickCount64 - quietSince >= PingEvery.TotalMilliseconds)
                {
                    writer.Ping();
                    done = Step.Wrote;
                }

                if (done != Step.Quiet)
                {
                    await writer.FlushAsync(stop.Token);
                    quietSince = Environment.TickCount64;
                }

                if (done == Step.Over)
                    return;
                await wait(stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The reader left or the server stops: it reconnects with its last id and misses nothing.
        }
    }

    /// <summary>What a look gave.</summary>
    internal enum Step
    {
        /// <summary>Nothing new.</summary>
        Quiet,

        /// <summary>Something was added.</summary>
        Wrote,

        /// <summary>The last event was added.</summary>
        Over,
    }
}
