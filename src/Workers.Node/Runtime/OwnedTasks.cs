using System.Collections.Concurrent;

namespace Workers.Node.Runtime;

/// <summary>Tasks that run beside their owner's loop: none is forgotten, the owner awaits all of them at its end. Safe for several threads.</summary>
internal sealed class OwnedTasks
{
    private readonly ConcurrentDictionary<Task, byte> running = new();

    /// <summary>Tasks that have not ended.</summary>
    public int Count => running.Count;

    /// <summary>Owns a task until it ends.</summary>
    public void Add(Task task)
    {
        if (task.IsCompletedSuccessfully)
            return;
        running[task] = 0;
        _ = task.ContinueWith(Remove, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Waits for all that are there; fails as the first of them fails.</summary>
    public Task WhenAllAsync() => Task.WhenAll(running.Keys);

    // One that failed stays until WhenAllAsync tells of it.
    private void Remove(Task ended)
    {
        if (ended.IsCompletedSuccessfully)
            running.TryRemove(ended, out _);
    }
}
