using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Workers.Jobs;
using Workers.Jobs.Assets;
using Workers.Jobs.Configuration;
using Workers.Jobs.Redis;
using Workers.Jobs.Watching;

namespace Workers.Api.Watching;

/// <summary>
/// Watches the folders that the configuration names: one process at a time, a look every few seconds, a bounded number of jobs at once so that
/// nobody who waits is kept waiting.
/// </summary>
internal sealed partial class FolderWatcher(
    WatchStore store, WatchCaller caller, AssetRegistry assets, ServerSettings settings, TimeProvider time, ILogger<FolderWatcher> logger)
    : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan KeepEvery = TimeSpan.FromHours(6);
    private static readonly TimeSpan LetGo = TimeSpan.FromSeconds(2);
    private const int KeptAtOnce = 500;

    private readonly string token = Guid.NewGuid().ToString("N");
    private readonly List<WatchedRoot> roots =
        [.. settings.Watch.GroupBy(watch => watch.Root).Select(group => new WatchedRoot(group.Key, [.. group]))];

    private readonly Dictionary<string, long> looked = [];
    private bool holding;
    private long kept;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (roots.Count == 0)
            return;
        try
        {
            while (true)
            {
                await TryAsync(stoppingToken);
                await Task.Delay(Tick, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await ReleaseAsync();
        }
    }

    private async Task TryAsync(CancellationToken cancellation)
    {
        try
        {
            if (!await store.HoldAsync(token, cancellation))
                holding = false;
            else if (holding || await BeginAsync(cancellation))
                await WatchAsync(cancellation);
        }
        catch (RedisUnavailableException error)
        {
            LogPutOff(error.Message);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            LogUnreadable(error.Message);
        }
    }

    private async Task<bool> BeginAsync(CancellationToken cancellation)
    {
        foreach (var root in roots)
            root.Load(await store.LoadAsync(root.Name, cancellation));
        looked.Clear();
        kept = 0;
        LogBegins(roots.Count);
        return holding = true;
    }

    private async Task WatchAsync(CancellationToken cancellation)
    {
        foreach (var root in roots)
        {
            if (IsDue(root) && FolderLook.At(settings.Roots[root.Name], root.Watches, cancellation) is { } look)
                root.See(look);
            await AdvanceAsync(root, cancellation);
            if (!await WriteAsync(root, cancellation))
            {
                holding = false; // Another took over while this one was busy: it knows better.
                return;
            }
        }

        await KeepAsync(cancellation);
    }

    private bool IsDue(WatchedRoot root)
    {
        if (looked.TryGetValue(root.Name, out var before) && time.GetElapsedTime(before).TotalSeconds < root.Watches.Min(watch => watch.Seconds))
            return false;
        looked[root.Name] = time.GetTimestamp();
        return true;
    }

    // Ends are noted, and as many are begun as there is room for.
    private async Task AdvanceAsync(WatchedRoot root, CancellationToken cancellation)
    {
        var underWay = 0;
        foreach (var (path, function, call) in root.UnderWay)
        {
            var now = await caller.LookAsync(call, cancellation);
            if (now is null)
                root.Again(path, function);
            else if (now.State == WatchedCall.Queued)
                underWay++;
            else
                root.Note(path, function, now);
        }

        var room = root.Watches.Max(watch => watch.AtOnce) - underWay;
        foreach (var wanted in root.Wanted().Take(Math.Max(0, room)).ToList())
        {
            if (await caller.SubmitAsync(root.Name, wanted, cancellation) is not { } call)
                break;
            root.Note(wanted.Path, wanted.Function, call);
        }
    }

    private async Task<bool> WriteAsync(WatchedRoot root, CancellationToken cancellation)
    {
        var changes = root.TakeChanges();
        try
        {
            return changes.Count == 0 || await store.WriteAsync(token, root.Name, changes, cancellation);
        }
        catch
        {
            root.GiveBack(changes);
            throw;
        }
    }

    // What was made lives as long as its file: nobody else refers to it once its job's record is gone.
    private async Task KeepAsync(CancellationToken cancellation)
    {
        if (kept != 0 && time.GetElapsedTime(kept) < KeepEvery)
            return;
        kept = time.GetTimestamp();
        foreach (var root in roots)
        {
            foreach (var some in root.Made.Chunk(KeptAtOnce))
            {
                var missing = (await assets.MissingAsync([.. some.Select(made => AssetId.Hex(made.Asset)).Distinct()], cancellation)).ToHashSet();
                foreach (var (path, function, _) in some.Where(made => missing.Contains(AssetId.Hex(made.Asset))))
                    root.Again(path, function);
            }
        }
    }

    private async Task ReleaseAsync()
    {
        using var limit = new CancellationTokenSource(LetGo);
        try
        {
            await store.ReleaseAsync(token, limit.Token);
        }
        catch (Exception error) when (error is RedisUnavailableException or OperationCanceledException or ObjectDisposedException)
        {
            // Whoever comes next waits until the time is over.
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Watching {Count} roots")]
    private partial void LogBegins(int count);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Watching is put off: {Reason}")]
    private partial void LogPutOff(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A watched folder cannot be read just now: {Reason}")]
    private partial void LogUnreadable(string reason);
}
