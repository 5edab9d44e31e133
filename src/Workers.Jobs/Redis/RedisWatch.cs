using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Workers.Jobs.Redis;

/// <summary>Holds the connection in use: asks it each second whether Redis is there, and puts another in its place after a silence.</summary>
internal sealed class RedisWatch(RedisGateOptions options, RedisSubscriptions subscriptions, ILogger logger) : IDisposable
{
    /// <summary>For one answer at the start: generous, because a machine that has just booted is busy.</summary>
    private static readonly TimeSpan FirstAnswerLimit = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(200);

    /// <summary>Redis answers a bare question; the package has not noticed yet.</summary>
    private const string Reconnecting = "Redis is being connected to.";

    private readonly SemaphoreSlim nudge = new(0, 1);
    private readonly ConfigurationOptions configuration = RedisConnection.Parse(options);
    private volatile RedisConnection? current;
    private volatile string? notReadyReason = "The connection to Redis is not started.";
    private RedisConnection? replaced;
    private long replacedAt;
    private long lastUseful;
    private int replacements;

    /// <summary>The connection in use; null before the start.</summary>
    internal RedisConnection? Current => current;

    /// <summary>Why Redis is of no use now; null when it is ready.</summary>
    internal string? NotReadyReason => notReadyReason;

    internal int Replacements => Volatile.Read(ref replacements);

    internal event Action<bool>? ReadyChanged;

    private string Endpoints => string.Join(
        ", ", configuration.EndPoints.Select(endpoint => endpoint.ToString()!.Replace("Unspecified/", "", StringComparison.Ordinal)));

    /// <summary>Makes the first connection. Waits for a Redis that is loading; gives up at once on one that isn't there or is too old.</summary>
    internal async Task ConnectAsync(CancellationToken cancellation)
    {
        var connection = await OpenAsync(cancellation);
        try
        {
            await WaitUntilLoadedAsync(connection, cancellation);
            var (version, supported) = await connection.VersionAsync().WaitAsync(FirstAnswerLimit, cancellation);
            if (!supported)
                throw new RedisUnavailableException(
                    $"Redis at {Endpoints} is {version}; needed is Redis 7 or newer, or Valkey.", unknownOutcome: false);
            await subscriptions.MoveToAsync(connection);
            RedisLog.Connected(logger, version, Endpoints);
        }
        catch (Exception error)
        {
            connection.Close();
            if (RedisErrors.Translate(error) is RedisUnavailableException unavailable && unavailable != error)
                throw unavailable;
            throw;
        }
        current = connection;
        lastUseful = Stopwatch.GetTimestamp();
        BecomeReady();
    }

    /// <summary>Watches until canceled.</summary>
    internal async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await LookAsync(cancellation);
                await nudge.WaitAsync(notReadyReason is null ? options.ProbeEvery : RetryPause, cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                // The gate closes.
            }
            catch (Exception error) // The watch outlives what it could not foresee: without it nothing would ever be ready again.
            {
                RedisLog.WatchFailed(logger, error);
                await Task.Delay(RetryPause, CancellationToken.None);
            }
        }
    }

    /// <summary>Closes the connections; only after <see cref="RunAsync"/> has ended.</summary>
    public void Dispose()
    {
        TurnNotReady("The connection to Redis is closed."); // As asked: nothing to warn of.
        replaced?.Close();
        current?.Close();
        nudge.Dispose();
    }

    private async Task LookAsync(CancellationToken cancellation)
    {
        var answer = await ProbeAsync(current!, options.Deadline, cancellation);
        if (answer.Reason is null)
        {
            lastUseful = Stopwatch.GetTimestamp();
            BecomeReady();
        }
        else
        {
            BecomeNotReady(answer.Reason);
            // A loading Redis is waited for. One that turned replica is left as a silent one is: its name may lead elsewhere by now.
            if (!RedisErrors.IsLoading(answer.Reason) && Stopwatch.GetElapsedTime(lastUseful) > options.ReplaceAfter)
                await ReplaceAsync(cancellation);
        }
        CloseReplacedWhenDone();
    }

    private async Task ReplaceAsync(CancellationToken cancellation)
    {
        var candidate = await OpenAsync(cancellation);
        var answer = await ProbeAsync(candidate, options.Deadline, cancellation);
        if (answer.Reason is not null)
        {
            candidate.Close();
            RedisLog.NotReplaced(logger, Endpoints, answer.Reason);
            return;
        }
        Adopt(candidate);
        await ListenOnAsync(candidate, cancellation);
        BecomeReady();
    }

    /// <summary>Late replies still come on the old connection, so it stays open until they have, or until yet another takes its place.</summary>
    private void Adopt(RedisConnection candidate)
    {
        var old = current!;
        current = candidate;
        RedisLog.Replaced(logger, Endpoints, Stopwatch.GetElapsedTime(lastUseful).TotalSeconds, old.InFlight);
        lastUseful = Stopwatch.GetTimestamp();
        replaced?.Close();
        replaced = old;
        replacedAt = Stopwatch.GetTimestamp();
        Interlocked.Increment(ref replacements);
    }

    private async Task ListenOnAsync(RedisConnection connection, CancellationToken cancellation)
    {
        try
        {
            await subscriptions.MoveToAsync(connection).WaitAsync(options.Deadline, cancellation);
        }
        catch (Exception error) when (RedisErrors.Translate(error) is RedisUnavailableException && !cancellation.IsCancellationRequested)
        {
            // The multiplexer remembers the channels and asks for them again when it reconnects; meanwhile the periodic looks stand in.
            RedisLog.ChannelsNotConfirmed(logger, Endpoints);
        }
    }

    private void CloseReplacedWhenDone()
    {
        if (replaced is null || (replaced.InFlight > 0 && Stopwatch.GetElapsedTime(replacedAt) < options.KeepReplacedFor))
            return;
        replaced.Close();
        replaced = null;
    }

    private async Task WaitUntilLoadedAsync(RedisConnection connection, CancellationToken cancellation)
    {
        var since = Stopwatch.GetTimestamp();
        for (var told = false; ; told = true)
        {
            var answer = await ProbeAsync(connection, FirstAnswerLimit, cancellation);
            if (answer.Reason is null)
                return;
            var soon = RedisErrors.IsLoading(answer.Reason) || answer.Reason == Reconnecting;
            if (!soon || Stopwatch.GetElapsedTime(since) > options.LoadingLimit)
                throw new RedisUnavailableException($"Redis at {Endpoints} is not usable: {answer.Reason}", unknownOutcome: false);
            if (!told)
                RedisLog.StillLoading(logger, Endpoints);
            await Task.Delay(RetryPause, cancellation);
        }
    }

    private Task<RedisConnection> OpenAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return RedisConnection.OpenAsync(configuration, Nudge);
    }

    private async Task<ProbeAnswer> ProbeAsync(RedisConnection connection, TimeSpan limit, CancellationToken cancellation)
    {
        try
        {
            var answer = await connection.ProbeAsync().WaitAsync(limit, cancellation);
            return answer.Heard ? answer : await WhyNotConnectedAsync(cancellation);
        }
        catch (TimeoutException)
        {
            return new ProbeAnswer(Heard: false, "Redis does not answer.");
        }
    }

    /// <summary>The package calls a Redis that is loading or refuses the password "not connected": ask it ourselves.</summary>
    private async Task<ProbeAnswer> WhyNotConnectedAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(options.Deadline);
        try
        {
            using var bare = await RespConnection.OpenAsync(configuration.EndPoints[0], TlsHost, user: null, configuration.Password, limit.Token);
            await bare.SendAsync(limit.Token, "PING");
            return new ProbeAnswer(Heard: true, Reconnecting);
        }
        catch (RespErrorException refusal)
        {
            return new ProbeAnswer(Heard: true, refusal.Message);
        }
        catch (AuthenticationException error)
        {
            return new ProbeAnswer(Heard: false, $"Redis's certificate is not accepted for the name {TlsHost}: {error.Message}");
        }
        catch (Exception error) when (error is SocketException or IOException or InvalidDataException)
        {
            return new ProbeAnswer(Heard: false, $"Redis is not connected: {error.Message}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new ProbeAnswer(Heard: false, "Redis does not answer.");
        }
    }

    /// <summary>The name that Redis's certificate must be for; null without TLS.</summary>
    private string? TlsHost => !configuration.Ssl ? null : configuration.SslHost ?? configuration.EndPoints[0] switch
    {
        DnsEndPoint named => named.Host,
        IPEndPoint numbered => numbered.Address.ToString(),
        var other => other.ToString(),
    };

    private void Nudge()
    {
        try
        {
            if (nudge.CurrentCount == 0)
                nudge.Release();
        }
        catch (Exception error) when (error is SemaphoreFullException or ObjectDisposedException)
        {
            // Two at once, or a connection's last word after the end: one look is enough, or none.
        }
    }

    private void BecomeReady()
    {
        if (notReadyReason is null)
            return;
        notReadyReason = null;
        RedisLog.Ready(logger, Endpoints);
        ReadyChanged?.Invoke(true);
    }

    private void BecomeNotReady(string reason)
    {
        if (notReadyReason != reason)
            RedisLog.NotReady(logger, Endpoints, reason);
        TurnNotReady(reason);
    }

    private void TurnNotReady(string reason)
    {
        var was = notReadyReason;
        notReadyReason = reason;
        if (was is null)
            ReadyChanged?.Invoke(false);
    }
}
