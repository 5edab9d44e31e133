using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Workers.Jobs.Redis;

/// <summary>
/// The only door to Redis. Bounded in flight, a deadline for every call, readiness by a probe each second, the connection replaced after a
/// silence; a reply that comes after its deadline is handed to the call's late handler, never dropped.
/// </summary>
/// <remarks>
/// Why all of this: StackExchange.Redis 1.2.6 fails no call while a Redis is merely silent (stopped, link cut). Calls pile up without bound, and all
/// of them are carried out when it speaks again.
/// </remarks>
public sealed class RedisGate : IAsyncDisposable
{
    private static readonly TimeSpan LateHandlersLimit = TimeSpan.FromSeconds(5);

    private readonly RedisGateOptions options;
    private readonly ILogger<RedisGate> logger;
    private readonly CallDeadlines deadlines;
    private readonly LateReplies late;
    private readonly RedisSubscriptions subscriptions;
    private readonly RedisWatch watch;
    private readonly CancellationTokenSource stopping = new();
    private readonly ConcurrentDictionary<LuaScript, Task> loads = new();
    private Task loops = Task.CompletedTask;
    private int disposed;

    /// <summary>Prepares; <see cref="StartAsync"/> connects.</summary>
    /// <param name="options">Connection string and limits.</param>
    /// <param name="logger">Log.</param>
    public RedisGate(RedisGateOptions options, ILogger<RedisGate> logger)
    {
        this.options = options;
        this.logger = logger;
        deadlines = new CallDeadlines(options.Deadline);
        late = new LateReplies(logger);
        subscriptions = new RedisSubscriptions(logger);
        watch = new RedisWatch(options, subscriptions, logger);
    }

    /// <summary>True while the probe is answered.</summary>
    public bool IsReady => watch.NotReadyReason is null;

    /// <summary>Why it isn't ready, or null.</summary>
    public string? NotReadyReason => watch.NotReadyReason;

    /// <summary>Calls whose reply has not come, on the connection in use. For metrics.</summary>
    public int InFlight => watch.Current?.InFlight ?? 0;

    /// <summary>Connections that took the place of a silent one. For metrics.</summary>
    public int Replacements => watch.Replacements;

    /// <summary>Raised with true when Redis became ready, with false when it stopped to be; must be quick and must not throw.</summary>
    public event Action<bool>? ReadyChanged
    {
        add => watch.ReadyChanged += value;
        remove => watch.ReadyChanged -= value;
    }

    /// <summary>Whether a text can be a connection string; nothing is connected to.</summary>
    public static bool IsConnectionString(string text)
    {
        try
        {
            return ConfigurationOptions.Parse(text).EndPoints.Count > 0;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Connects and checks the server's version (Redis ≥ 7 or Valkey). May be tried again after a failure.</summary>
    /// <exception cref="RedisUnavailableException">Not reachable, or too old.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        await watch.ConnectAsync(cancellation);
        loops = Task.WhenAll(deadlines.RunAsync(stopping.Token), watch.RunAsync(stopping.Token));
    }

    /// <summary>Makes one call under the gate's limits.</summary>
    /// <param name="call">The call; made at most once.</param>
    /// <param name="cancellation">Stops waiting; the reply then goes to <paramref name="onLate"/>.</param>
    /// <param name="onLate">Takes a reply that came after the deadline or after the caller left.</param>
    /// <exception cref="RedisUnavailableException">No place in flight, no answer in time, or Redis says it cannot.</exception>
    public Task<T> CallAsync<T>(Func<IDatabase, Task<T>> call, CancellationToken cancellation, Func<T, Task>? onLate = null)
    {
        if (cancellation.IsCancellationRequested)
            return Task.FromCanceled<T>(cancellation);
        var refusal = TryEnter(out var connection);
        if (refusal is not null)
            return Task.FromException<T>(refusal);
        var pending = Begin(connection, onLate, cancellation);
        try
        {
            pending.Follow(call(connection.Database));
        }
        catch (Exception error) // Whatever the call threw goes to its caller, after its place was given back.
        {
            pending.FailAtOnce(error);
        }
        return pending.Outcome;
    }

    /// <summary>Runs a script by its hash; loads it first where Redis does not know it (NOSCRIPT after a flush or restart).</summary>
    /// <exception cref="RedisUnavailableException">As <see cref="CallAsync{T}"/>.</exception>
    public async Task<RedisResult> EvaluateAsync(
        LuaScript script, RedisKey[] keys, RedisValue[] arguments, CancellationToken cancellation, Func<RedisResult, Task>? onLate = null)
    {
        try
        {
            return await EvaluateOnceAsync(script, keys, arguments, onLate, cancellation);
        }
        catch (RedisServerException unknown) when (RedisErrors.IsUnknownScript(unknown))
        {
            // Nothing was done: a script that Redis doesn't hold is refused as a whole.
            await LoadAsync(script).WaitAsync(cancellation);
            return await EvaluateOnceAsync(script, keys, arguments, onLate, cancellation);
        }
    }

    /// <summary>Listens to a pub/sub channel, across reconnects and replaced connections. Messages are hints: some may be lost.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="handler">Called on a pool thread; must be quick and must not throw.</param>
    /// <exception cref="RedisUnavailableException">Redis did not confirm it in time: nobody listens.</exception>
    public async Task<IDisposable> SubscribeAsync(string channel, Action<string> handler)
    {
        var subscription = subscriptions.Add(channel, handler);
        try
        {
            await subscription.Subscribed.WaitAsync(options.Deadline);
            return subscription;
        }
        catch (Exception error)
        {
            subscription.Dispose();
            if (RedisErrors.Translate(error) is RedisUnavailableException unavailable)
                throw unavailable;
            throw;
        }
    }

    /// <summary>Closes; calls under way end with an unknown outcome, late handlers get five seconds to finish.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0)
            return;
        await stopping.CancelAsync();
        await loops;
        subscriptions.Stop();
        watch.Dispose();
        deadlines.EndAll();
        await late.FinishAsync(LateHandlersLimit);
        stopping.Dispose();
    }

    private Task<RedisResult> EvaluateOnceAsync(
        LuaScript script, RedisKey[] keys, RedisValue[] arguments, Func<RedisResult, Task>? onLate, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
            return Task.FromCanceled<RedisResult>(cancellation);
        var refusal = TryEnter(out var connection);
        if (refusal is not null)
            return Task.FromException<RedisResult>(refusal);
        var pending = Begin(connection, onLate, cancellation);
        try
        {
            pending.Follow(connection.Database.ScriptEvaluateAsync(script.Hash, keys, arguments));
        }
        catch (Exception error) // As in CallAsync; apart from it because the hot path has no closure to spare.
        {
            pending.FailAtOnce(error);
        }
        return pending.Outcome;
    }

    private Task LoadAsync(LuaScript script) => loads.GetOrAdd(script, LoadOnceAsync);

    /// <summary>Loads for everybody who met the missing script at the same time.</summary>
    private async Task LoadOnceAsync(LuaScript script)
    {
        await Task.Yield(); // So that it is in the dictionary before it is taken out.
        try
        {
            await CallAsync(database => database.ExecuteAsync("SCRIPT", "LOAD", script.Text), CancellationToken.None);
            RedisLog.ScriptLoaded(logger, script.Name);
        }
        finally
        {
            loads.TryRemove(script, out _);
        }
    }

    private PendingCall<T> Begin<T>(RedisConnection connection, Func<T, Task>? onLate, CancellationToken cancellation)
    {
        var pending = new PendingCall<T>(connection, deadlines, late, onLate);
        deadlines.Add(pending);
        pending.LeaveWhenCanceled(cancellation);
        return pending;
    }

    /// <summary>Takes a place in flight, or says why not. Refusing while Redis is not ready keeps calls from piling up behind its silence.</summary>
    private RedisUnavailableException? TryEnter(out RedisConnection connection)
    {
        connection = watch.Current!;
        if (watch.NotReadyReason is { } reason)
            return new RedisUnavailableException(reason, unknownOutcome: false);
        return connection.TryEnter(options.MaxInFlight)
            ? null
            : new RedisUnavailableException($"{options.MaxInFlight} calls to Redis are under way, the most there may be.", unknownOutcome: false);
    }
}
