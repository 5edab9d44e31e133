using System.Collections.Concurrent;
using System.Globalization;
using Workers.Jobs.Redis;

namespace Workers.Jobs.Events;

/// <summary>
/// Wake-ups over pub/sub. Only hints: every waiter also looks by itself from time to time, because a message may be lost.
/// </summary>
public sealed class Hints : IDisposable
{
    private readonly RedisGate gate;
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<JobWatch, byte>> watches = new();
    private readonly SharedSubscription jobHints;
    private readonly List<IDisposable> subscriptions = [];

    // Jobs whose hint was given here before Redis gave it; a slot is lost to a newer job, which then only costs a look too many.
    private readonly string?[] expected = new string?[256];

    /// <summary>Prepares; <see cref="StartAsync"/> subscribes.</summary>
    /// <param name="gate">To Redis.</param>
    public Hints(RedisGate gate)
    {
        this.gate = gate;
        jobHints = new SharedSubscription(gate, Channel("hint_job"), OnJob);
    }

    /// <summary>Names this process to those that tell of jobs for which requests wait here.</summary>
    public string Process { get; } = Guid.NewGuid().ToString("N");

    /// <summary>Raised with the engine's name and the job's priority when something may be claimed. Handlers must be quick and must not throw.</summary>
    public event Action<string, int>? Queued;

    /// <summary>Raised with the job's id when a running job is asked to stop.</summary>
    public event Action<string>? CancelRequested;

    /// <summary>Raised when something desired of nodes, workers or engines changed.</summary>
    public event Action? DesiredChanged;

    /// <summary>Raised with its name when a template changed. Handlers must be quick and must not throw.</summary>
    public event Action<string>? TemplateChanged;

    /// <summary>Raised for every durable event of any job, while somebody listens (<see cref="ListenAsync"/>).</summary>
    public event Action? AnyEvent;

    /// <summary>Subscribes.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        subscriptions.Add(await gate.SubscribeAsync(Channel("hint_ended", Process), OnEnded));
        subscriptions.Add(await gate.SubscribeAsync(Channel("hint_queued"), OnQueued));
        subscriptions.Add(await gate.SubscribeAsync(Channel("hint_cancel"), id => CancelRequested?.Invoke(id)));
        subscriptions.Add(await gate.SubscribeAsync(Channel("hint_desired"), _ => DesiredChanged?.Invoke()));
        subscriptions.Add(await gate.SubscribeAsync(Channel("hint_template"), name => TemplateChanged?.Invoke(name)));
    }

    /// <summary>
    /// Listens to what jobs tell until it is disposed. Not all the time, because most processes mostly wait for ends of their own submits, which they
    /// are told of without it.
    /// </summary>
    /// <exception cref="RedisUnavailableException">Redis does not answer.</exception>
    public Task<IDisposable> ListenAsync() => jobHints.UseAsync();

    /// <summary>A watch over everything of one job; dispose it when done. Begin it before the first look, so that nothing falls between.</summary>
    /// <exception cref="RedisUnavailableException">Redis does not answer.</exception>
    public async Task<JobWatch> WatchAsync(string jobId) => Watch(jobId, await ListenAsync());

    /// <summary>A watch over the end of a job that is submitted, or joined, with word that a request waits here.</summary>
    public JobWatch WatchOwn(string jobId) => Watch(jobId, null);

    /// <summary>Gives the hint of a job whose submit is on its way to Redis, without waiting for Redis to give it.</summary>
    internal void Expect(string jobId, string engine, int priority)
    {
        if (Queued is not { } listeners)
            return;
        Volatile.Write(ref Slot(jobId), jobId);
        listeners(engine, priority);
    }

    /// <summary>Tells whoever waits in this process that a job is over, without waiting for Redis to tell it.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="ended">The job as it ended, or null: it has to be read. Asked only where somebody waits.</param>
    internal void Tell(string jobId, Func<Job?> ended)
    {
        if (watches.TryGetValue(jobId, out var all) && !all.IsEmpty)
            Notify(all, HintKinds.Ended | HintKinds.Event, ended());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var subscription in subscriptions)
            subscription.Dispose();
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

    private JobWatch Watch(string jobId, IDisposable? listening)
    {
        var watch = new JobWatch(this, jobId, listening);
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

    private ref string? Slot(string jobId) => ref expected[(uint)jobId.GetHashCode(StringComparison.Ordinal) % (uint)expected.Length];

    private void OnQueued(string message)
    {
        var (afterEngine, beforePriority) = (message.IndexOf(' ', StringComparison.Ordinal), message.LastIndexOf(' '));
        if (beforePriority <= afterEngine || !int.TryParse(message.AsSpan(beforePriority), CultureInfo.InvariantCulture, out var priority))
            return;
        var id = message[(afterEngine + 1)..beforePriority];
        ref var slot = ref Slot(id);
        if (slot is { } known && known == id && Interlocked.CompareExchange(ref slot, null, known) == known)
            return;
        Queued?.Invoke(message[..afterEngine], priority);
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
        if (watches.TryGetValue(message[(space + 1)..], out var all))
            Notify(all, kind, null);
    }

    private void OnEnded(string message)
    {
        var space = message.IndexOf(' ', StringComparison.Ordinal);
        var id = space < 0 ? message : message[..space];
        Tell(id, () => space < 0 ? null : JobRecord.ReadHint(id, message[(space + 1)..]));
    }

    private static void Notify(ConcurrentDictionary<JobWatch, byte> all, HintKinds kind, Job? ended)
    {
        foreach (var watch in all.Keys)
            watch.Notify(kind, ended);
    }

    private static string Channel(string name, params ReadOnlySpan<string> parameters) => RedisKeys.Of(name, parameters).ToString();
}
