using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Workers.Jobs.Processes;
using Workers.Jobs.Redis;
using Workers.Jobs.Timing;

namespace Workers.Jobs.PrivateRedis;

/// <summary>
/// A redis-server of this server's own, for when no Redis is configured: found again after a crash of the server, started where there is none,
/// started again on the same port when it ends, stopped with the server. Never two on one folder.
/// </summary>
public sealed class PrivateRedisServer(PrivateRedisOptions options, ILogger<PrivateRedisServer> logger) : IAsyncDisposable
{
    private const int PortTries = 5;
    private static readonly TimeSpan LookPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan FirstBackOff = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan SettledAfter = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource stopping = new();
    private DataFolderLock? dataLock;
    private RedisFolder folder = null!; // Set first thing in StartAsync; nothing else runs before.
    private RedisInstance instance = null!; // Likewise.
    private Process? child;
    private Task watching = Task.CompletedTask;

    /// <summary>Where it listens, on 127.0.0.1.</summary>
    public int Port => instance.Port;

    /// <summary>Its process, or null while there is none.</summary>
    public int? ProcessId => instance.Process?.Id;

    /// <summary>Finds or starts it; returns when it answers.</summary>
    /// <returns>The connection string, password included.</returns>
    /// <exception cref="PrivateRedisException">It cannot be had; the message is one line for a person.</exception>
    public async Task<string> StartAsync(CancellationToken cancellation)
    {
        dataLock = DataFolderLock.Take(options.DataFolder);
        try
        {
            folder = new RedisFolder(options.DataFolder);
            instance = RedisInstance.Load(folder.InstanceFile) ?? RedisInstance.CreateOn(RedisSurvey.FindFreePort());
            if (!await TryAdoptAsync(cancellation))
                await StartOnSomePortAsync(cancellation);
        }
        catch
        {
            GiveUpStart();
            throw;
        }
        watching = WatchAsync(stopping.Token);
        return instance.ConnectionString;
    }

    /// <summary>Stops it (everything acknowledged is written first), unless it is to be left running; lets go of the folder.</summary>
    public async Task StopAsync(CancellationToken cancellation)
    {
        if (dataLock is null || stopping.IsCancellationRequested)
            return;
        await stopping.CancelAsync();
        await watching;
        if (instance.Process is { } process)
        {
            if (options.KeepRunning)
                PrivateRedisLog.Left(logger, process.Id, instance.Port);
            else
                await ShutDownAsync(process, cancellation);
        }
        child?.Dispose();
        dataLock.Dispose();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        stopping.Dispose();
    }

    /// <summary>
    /// Takes over one that a former server left. While one is alive and silent it waits, and at last fails: a second one would destroy its data.
    /// </summary>
    private async Task<bool> TryAdoptAsync(CancellationToken cancellation)
    {
        var patience = new StartPatience(options, TimeProvider.System);
        for (var told = false; ; await Task.Delay(LookPause, cancellation))
        {
            var presence = await RedisSurvey.LookAsync(instance, folder, cancellation);
            var survivor = folder.FindProcess() ?? (instance.Process is { IsAlive: true } known ? known : null);
            if (presence == RedisPresence.Ready)
            {
                await AdoptAsync(survivor, cancellation);
                return true;
            }
            if (survivor is null && presence != RedisPresence.Loading)
                return false;
            if (!told)
                PrivateRedisLog.Waiting(logger, survivor?.Id ?? 0, instance.Port, presence);
            told = true;
            if (!patience.IsOver(presence))
                continue;
            throw new PrivateRedisException(
                $"A redis-server (process {survivor?.Id}) works in {folder.Path} but does not answer on port {instance.Port} ({presence}, waited "
                + $"{patience.Waited.TotalSeconds:F0} s). A second one would destroy its data: "
                + $"let it go on (kill -CONT {survivor?.Id}) or end it, then try again.");
        }
    }

    /// <summary>Ends what this start began, and nothing else: a survivor that could not be adopted is not ours to end.</summary>
    private void GiveUpStart()
    {
        if (child is { HasExited: false })
            child.Kill();
        child?.WaitForExit();
        child?.Dispose();
        child = null;
        dataLock?.Dispose();
        dataLock = null;
    }

    private async Task AdoptAsync(ProcessIdentity? survivor, CancellationToken cancellation)
    {
        using var connection = await RedisSurvey.OpenAsync(instance, cancellation);
        if (survivor is null)
        {
            var info = await connection.SendAsync(cancellation, "INFO", "server");
            var id = info.Split('\n').First(line => line.StartsWith("process_id:", StringComparison.Ordinal))["process_id:".Length..];
            survivor = ProcessIdentity.Of(int.Parse(id, CultureInfo.InvariantCulture));
        }
        foreach (var (name, value) in RedisFolder.DurabilitySettings(options.Durability))
            await connection.SendAsync(cancellation, "CONFIG", "SET", name, value);
        Remember(instance with { Process = survivor });
        PrivateRedisLog.Adopted(logger, instance.Port, survivor?.Id ?? 0, folder.Path);
    }

    /// <summary>At the start no client knows the port yet, so a taken one is given up for another.</summary>
    private async Task StartOnSomePortAsync(CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (await RedisSurvey.LookAsync(instance, folder, cancellation) == RedisPresence.Nobody)
                {
                    await SpawnAsync(cancellation);
                    return;
                }
            }
            catch (PrivateRedisException) when (attempt < PortTries && IsPortTaken())
            {
                // Taken in the moment between looking and starting.
            }
            var other = RedisSurvey.FindFreePort();
            PrivateRedisLog.PortTaken(logger, instance.Port, other);
            instance = instance with { Port = other };
        }
    }

    private bool IsPortTaken() => folder.LogTail().Contains("Address already in use", StringComparison.Ordinal);

    private async Task SpawnAsync(CancellationToken cancellation)
    {
        folder.RotateLog();
        folder.WriteConfiguration(instance, options.Durability);
        Remember(instance with { Process = null }); // Before the spawn: a crash in between must leave a way to find it.
        child?.Dispose();
        child = RedisProgram.Start(options.Program, folder.ConfigurationFile, logger);
        Remember(instance with { Process = ProcessIdentity.Of(child.Id) });
        await WaitUntilReadyAsync(child, cancellation);
        PrivateRedisLog.Started(logger, instance.Port, child.Id, folder.Path);
    }

    private async Task WaitUntilReadyAsync(Process started, CancellationToken cancellation)
    {
        var patience = new StartPatience(options, TimeProvider.System);
        while (true)
        {
            if (started.HasExited)
            {
                var said = (await started.StandardError.ReadToEndAsync(cancellation)).ReplaceLineEndings(" ").Trim();
                throw new PrivateRedisException(
                    $"redis-server ended with code {started.ExitCode} right after its start. "
                        + $"{said} {folder.LogTail()} (see {folder.LogFile})");
            }
            var presence = await RedisSurvey.LookAsync(instance, folder, cancellation);
            if (presence == RedisPresence.Ready)
                return;
            if (patience.IsOver(presence))
                throw new PrivateRedisException(
                    $"redis-server (process {started.Id}) did not become ready on port {instance.Port} "
                        + $"in {patience.Waited.TotalSeconds:F0} s ({presence}; see {folder.LogFile}).");
            await Task.Delay(LookPause, cancellation);
        }
    }

    /// <summary>Starts it again whenever it ends, on the same port, which is what the clients know.</summary>
    private async Task WatchAsync(CancellationToken cancellation)
    {
        try
        {
            for (var inARow = 0; ;)
            {
                var since = Stopwatch.GetTimestamp();
                await WaitForEndAsync(cancellation);
                PrivateRedisLog.Ended(logger, instance.Process?.Id ?? 0, instance.Port);
                if (Stopwatch.GetElapsedTime(since) > SettledAfter)
                    inARow = 0;
                do
                    await Task.Delay(PauseBefore(inARow++), cancellation);
                while (!await TryRestartAsync(PauseBefore(inARow), cancellation));
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    // The first time at once.
    private static TimeSpan PauseBefore(int starts) =>
        starts == 0 ? TimeSpan.Zero : Doubling.Of(FirstBackOff, LongestBackOff, starts - 1);

    private async Task<bool> TryRestartAsync(TimeSpan nextPause, CancellationToken cancellation)
    {
        try
        {
            // Somebody may have started it by hand.
            if (!await TryAdoptAsync(cancellation))
                await SpawnAsync(cancellation);
            return true;
        }
        catch (Exception error) when (error is PrivateRedisException or IOException or UnauthorizedAccessException
            or RespErrorException or SocketException or Win32Exception)
        {
            PrivateRedisLog.NotRestarted(logger, instance.Port, nextPause.TotalSeconds, error.Message);
            return false;
        }
    }

    /// <summary>The end of a child is an event; an adopted one's has to be looked for.</summary>
    private async Task WaitForEndAsync(CancellationToken cancellation)
    {
        if (child is { } own && own.Id == instance.Process?.Id)
        {
            await own.WaitForExitAsync(cancellation);
            return;
        }
        while (instance.Process is { IsAlive: true })
            await Task.Delay(LookPause, cancellation);
    }

    private async Task ShutDownAsync(ProcessIdentity process, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(options.StopLimit);
        try
        {
            await AskToShutDownAsync(limit.Token);
            await WaitForEndAsync(limit.Token);
            PrivateRedisLog.Stopped(logger, process.Id);
        }
        catch (OperationCanceledException)
        {
            PrivateRedisLog.Killed(logger, process.Id, options.StopLimit.TotalSeconds);
            process.Kill();
            await WaitForEndAsync(CancellationToken.None); // SIGKILL cannot be refused.
        }
        Remember(instance with { Process = null });
    }

    /// <summary>NOSAVE: no snapshot; Redis still writes and syncs its append-only file before it exits.</summary>
    private async Task AskToShutDownAsync(CancellationToken cancellation)
    {
        try
        {
            using var connection = await RedisSurvey.OpenAsync(instance, cancellation);
            await connection.SendAsync(cancellation, "SHUTDOWN", "NOSAVE");
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            // The connection ends without an answer: that is its answer. Or it is gone already.
        }
    }

    private void Remember(RedisInstance current)
    {
        instance = current;
        current.Save(folder.InstanceFile);
    }
}
