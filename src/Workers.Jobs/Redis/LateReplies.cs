using Microsoft.Extensions.Logging;

namespace Workers.Jobs.Redis;

/// <summary>Runs and owns the handlers of replies that came after their callers had left.</summary>
internal sealed class LateReplies(ILogger logger)
{
    private readonly Lock gate = new();
    private readonly HashSet<Task> running = [];

    /// <summary>Starts the handler; its failure is logged. There are never more than calls were in flight.</summary>
    internal void Take<T>(Func<T, Task> handler, T reply)
    {
        var task = RunAsync(handler, reply);
        lock (gate)
        {
            if (!task.IsCompleted)
                running.Add(task);
        }
        task.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Waits until every handler has ended, at most for the limit.</summary>
    internal async Task FinishAsync(TimeSpan limit)
    {
        Task all;
        lock (gate) all = Task.WhenAll(running);
        await Task.WhenAny(all, Task.Delay(limit));
    }

    private void Forget(Task task)
    {
        lock (gate) running.Remove(task);
    }

    private async Task RunAsync<T>(Func<T, Task> handler, T reply)
    {
        await Task.Yield();
        RedisLog.LateReply(logger);
        try
        {
            await handler(reply);
        }
        catch (Exception error) // Not ours: whatever a caller's handler throws must not end this one's thread, and nobody else is left to tell.
        {
            RedisLog.LateHandlerFailed(logger, error);
        }
    }
}
