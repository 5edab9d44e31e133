using Microsoft.Extensions.Logging;
using Workers.Jobs;
using Workers.Jobs.Redis;
using Workers.Node.Protocol;
using Workers.Node.Workers;

namespace Workers.Node.Dispatch;

/// <summary>
/// Carries what an attempt says while it runs to Redis: progress at most ten times a second, log and snapshots twice, the newest of each winning. A
/// job that is over within 100 ms costs no write.
/// </summary>
internal sealed partial class AttemptReporter : IDisposable
{
    private const int TicksBetweenBulk = 5;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    private readonly AttemptStore store;
    private readonly RunningAttempt attempt;
    private readonly string folder;
    private readonly ILogger logger;
    private readonly Timer starter; // So that a short job, of which there are many, needs no loop at all.
    private readonly Lock gate = new();
    private PeriodicTimer? timer;
    private Task? loop;
    private bool ended;
    private JobProgress? progress;
    private SnapshotNotice? snapshot;
    private byte[] unsent = [];

    /// <summary>Starts reporting after the first 100 ms.</summary>
    public AttemptReporter(AttemptStore store, RunningAttempt attempt, string folder, ILogger logger)
    {
        this.store = store;
        this.attempt = attempt;
        this.folder = folder;
        this.logger = logger;
        Observer = new CallObserver(OnProgress, notice => Volatile.Write(ref snapshot, notice), new OutputRing());
        starter = new Timer(_ => Begin(), null, Tick, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Hears the call.</summary>
    public CallObserver Observer { get; }

    /// <summary>Stops, when what is being written is written. Never fails: a report that is lost must not cost the result.</summary>
    public async Task StopAsync()
    {
        lock (gate) ended = true;
        Dispose();
        if (loop is not null)
            await loop;
    }

    /// <summary>Writes what is left of the log. It is under way when this returns: what is sent to Redis afterwards comes there afterwards. Never fails.</summary>
    public Task WriteRestAsync() => attempt.Reason == StopReason.LeaseLost ? Task.CompletedTask : WriteAsync(LogAsync);

    /// <inheritdoc/>
    public void Dispose()
    {
        starter.Dispose();
        timer?.Dispose();
    }

    private void Begin()
    {
        lock (gate)
        {
            if (ended)
                return;
            timer = new PeriodicTimer(Tick);
            loop = RunAsync(timer);
        }
    }

    private void OnProgress(ProgressNotice notice)
    {
        var fraction = notice.Fraction is { } value && double.IsFinite(value) ? Math.Clamp(value, 0, 1) : (double?)null;
        var eta = notice.EtaSeconds is { } seconds && double.IsFinite(seconds) && seconds >= 0 ? seconds : (double?)null;
        Volatile.Write(ref progress, new JobProgress(fraction, notice.Message, eta));
    }

    private async Task RunAsync(PeriodicTimer ticks)
    {
        var tick = 0;
        do
        {
            await WriteAsync(ProgressAsync);
            if (++tick % TicksBetweenBulk != 0)
                continue;
            await WriteAsync(SnapshotAsync);
            await WriteAsync(LogAsync);
        }
        while (await ticks.WaitForNextTickAsync());
    }

    private async Task WriteAsync(Func<Task<LeaseOutcome>> write)
    {
        try
        {
            if (await write() == LeaseOutcome.Lost)
                attempt.RequestStop(StopReason.LeaseLost);
        }
        catch (RedisUnavailableException error)
        {
            LogNotReported(attempt.Job.Id, error.Message);
        }
        catch (Exception error) // Whatever is wrong with a report, it must not cost the attempt.
        {
            LogBroken(error, attempt.Job.Id);
        }
    }

    private Task<LeaseOutcome> ProgressAsync() =>
        Interlocked.Exchange(ref progress, null) is { } newest
            ? store.ReportProgressAsync(attempt.Lease, newest, CancellationToken.None)
            : Task.FromResult(LeaseOutcome.Accepted);

    private async Task<LeaseOutcome> SnapshotAsync()
    {
        if (Interlocked.Exchange(ref snapshot, null) is not { } newest)
            return LeaseOutcome.Accepted;
        var picture = await OutputCollector.ReadSnapshotAsync(newest, folder, CancellationToken.None);
        return picture is null ? LeaseOutcome.Accepted : await store.StoreSnapshotAsync(attempt.Lease, picture, CancellationToken.None);
    }

    private async Task<LeaseOutcome> LogAsync()
    {
        if (Observer.Log.IsEmpty && unsent.Length == 0)
            return LeaseOutcome.Accepted;
        unsent = [.. unsent, .. Observer.Log.Take()];
        if (unsent.Length > OutputRing.Capacity)
            unsent = unsent[^OutputRing.Capacity..];
        var outcome = await store.AppendLogAsync(attempt.Lease, unsent, CancellationToken.None);
        unsent = [];
        return outcome;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Reporting progress, snapshot or log of job {Job} failed")]
    private partial void LogBroken(Exception error, string job);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Could not report progress, snapshot or log of job {Job}: {Reason}")]
    private partial void LogNotReported(string job, string reason);
}
