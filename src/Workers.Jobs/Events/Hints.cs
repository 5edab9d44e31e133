using System.Collections.Concurrent;
using Workers.Jobs.Redis;

namespace Workers.Jobs.Events;

/// <summary>
/// Wake-ups over pub/sub. Only hints: every waiter also looks by itself from time to time, because a message may be lost.
/// </summary>
public sealed class Hints(RedisGate gate) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<JobWatch, byte>> watches = new();
    private readonly List<IAsyncDisposable> subscriptions = [];

    // Jobs whose hint was given here before Redis gave it; a slot is lost to a newer job, which then only costs a look too many.
    private readonly string?[] expected = new string?[256];

    /// <summary>Raised with the engine's name when something may be claimed. Handlers must be quick and must not throw.</summary>
    public event Action<string>? Queued;

    /// <summary>Raised with the job's id when a running job is asked to stop.</summary>
    public event Action<string>? CancelRequested;

    /// <summary>Raised when something desired of nodes, workers or engines changed.</summary>
    public event Action? DesiredChanged;

    /// <summary>Raised with its name when a template changed. Handlers must be quick and must not throw.</summary>
    public event Action<string>? TemplateChanged;

    /// <summary>Raised for every durable event of any job.</summary>
    public event Action? AnyEvent;

    /// <summary>Subscribes.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        subscriptions.Add(await gate.SubscribeAsync(Channel("hint_job"), OnJob));
        subscriptions.Add(await gate.SubscribeAsync(Channel("hint_queued"), OnQueued));
        subscriptions.Add(await gate.SubscribeAsync(Channel("hint_cancel"), id => CancelRequested?.Invoke(id)));
        subscriptions.Add(await gate.SubscribeAsync(Channel("hint_desired"), _ => DesiredChanged?.Invoke()));
        subscriptions.Add(await gate.SubscribeAsync(Channel("hint_template"), name => TemplateChanged?.Invoke(name)));
    }

    /// <summary>A watch over one job; dispose it when done. Begin it before the first look, so that nothing falls between.</summary>
    public JobWatch Watch(string jobId)
    {
        var watch = new JobWatch(this, jobId);
        watches.AddOrUpdate(
            jobId,
            static (_, watch) => new ConcurrentDictionary<JobWatch, byte> { [watch] = 0 },
            static (_, all, watch) =>
            {
                all[watch] = 0;
                return all;
            },
            watch);
        return watch;
    }

    /// <summary>Gives the hint of a job whose submit is on its way to Redis, without waiting for Redis to give it.</summary>
    internal void Expect(string engine, string jobId)
    {
        if (Queued is not { } listeners)
            return;
        Volatile.Write(ref Slot(jobId), jobId);
        listeners(engine);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var subscription in subscriptions)
            await subscription.DisposeAsync();
        subscriptions.Clear();
    }

    internal void Forget(JobWatch watch)
    {
        if (!watches.TryGetValue(watch.JobId, out var all))
            return;
        all.TryRemove(watch, out _);
        if (!all.IsEmpty)
            return;
        // A watch that began between the look and the removal is put back.
        if (watches.TryRemove(watch.JobId, out var removed))
        {
            foreach (var other in removed.Keys)
                watches.GetOrAdd(other.JobId, static _ => new ConcurrentDictionary<JobWatch, byte>())[other] = 0;
        }
    }

    private ref string? Slot(string jobId) => ref expected[(uint)jobId.GetHashCode(StringComparison.Ordinal) % (uint)expected.Length];

    private void OnQueued(string message)
    {
        var space = message.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0)
            return;
        var id = message[(space + 1)..];
        ref var slot = ref Slot(id);
        if (slot is { } known && known == id && Interlocked.CompareExchange(ref slot, null, known) == known)
            return;
        Queued?.Invoke(message[..space]);
    }

    private void OnJob(string message)
    {
        var space = message.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0)
            return;
        var kind = message.AsSpan(0, space) switch
        {
            "event" => HintKinds.Event,
            "ended" => HintKinds.Ended | HintKinds.Event,
            "progress" => HintKinds.Progress,
            "snapshot" => HintKinds.Snapshot,
            "log" => HintKinds.Log,
            _ => HintKinds.None,
        };
        if (kind.HasFlag(HintKinds.Event))
            AnyEvent?.Invoke();
        var idEnd = message.IndexOf(' ', space + 1);
        var id = idEnd < 0 ? message[(space + 1)..] : message[(space + 1)..idEnd];
        if (!watches.TryGetValue(id, out var all))
            return;
        foreach (var watch in all.Keys)
            watch.Notify(kind, idEnd < 0 ? null : message[(idEnd + 1)..]);
    }

    private static string Channel(string name) => RedisKeys.Of(name).ToString();
}
