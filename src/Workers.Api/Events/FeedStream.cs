using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Workers.Api.Problems;
using Workers.Contracts;
using Workers.Jobs.Events;
using static Workers.Api.Events.StreamLoop;

namespace Workers.Api.Events;

/// <summary>The durable events of all jobs: each once and in order, from now on or from an id.</summary>
internal sealed class FeedStream(EventFeed feed, Hints hints, IHostApplicationLifetime lifetime)
{
    private static readonly string[] Types = ["queued", "started", "artifact", "retrying", "succeeded", "failed", "canceled"];

    /// <summary>The stream as an answer.</summary>
    /// <param name="types">Only these, separated by commas; null: all.</param>
    /// <exception cref="ProblemException">400: no such type.</exception>
    public IResult Of(string? types)
    {
        var wanted = (types ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (wanted.Except(Types).FirstOrDefault() is { } unknown)
            throw new Problem(ProblemKinds.MalformedRequest, $"?type= takes {string.Join(", ", Types)}; not '{unknown}'.").AsException();
        return new Answer(this, wanted.Length == 0 ? Types : wanted);
    }

    private async Task RunAsync(HttpContext context, string[] types)
    {
        using var wakeUp = new SemaphoreSlim(0, 1);
        void OnEvent()
        {
            try
            {
                wakeUp.Release();
            }
            catch (SemaphoreFullException)
            {
                // One wake-up is already waiting.
            }
            catch (ObjectDisposedException)
            {
                // A hint that came while the reader left.
            }
        }

        using var listening = await hints.ListenAsync();
        hints.AnyEvent += OnEvent;
        try
        {
            var position = EventPosition.Of(context.Request) ?? await feed.NewestAsync(context.RequestAborted);
            await StreamLoop.RunAsync(context, StepAsync, stop => wakeUp.WaitAsync(LookEvery, stop), lifetime.ApplicationStopping);

            async Task<Step> StepAsync(SseWriter writer, CancellationToken cancellation)
            {
                var step = Step.Quiet;
                while (true)
                {
                    var page = await feed.ReadAllAsync(position, cancellation);
                    if (page.Gap)
                    {
                        position = await feed.NewestAsync(cancellation);
                        writer.Event(
                            StreamEventNames.Reset,
                            JsonSerializer.Serialize(new FeedResetEvent(1, position), WireJson.Readable.FeedResetEvent),
                            position);
                        return Step.Wrote;
                    }

                    if (page.Events.Count == 0)
                        return step;
                    foreach (var happened in page.Events)
                    {
                        position = happened.Id;
                        if (!types.Contains(happened.Type))
                            continue;
                        writer.Event(happened.Type, happened.Data, happened.Id);
                        step = Step.Wrote;
                    }

                    if (step == Step.Wrote)
                        await writer.FlushAsync(cancellation);
                }
            }
        }
        finally
        {
            hints.AnyEvent -= OnEvent;
        }
    }

    private sealed class Answer(FeedStream stream, string[] types) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => stream.RunAsync(httpContext, types);
    }
}
