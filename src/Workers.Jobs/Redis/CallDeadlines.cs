namespace Workers.Jobs.Redis;

/// <summary>
/// The deadlines of all calls under way. Every call has the same time limit, so a list in order of arrival is in order of expiry, and one sweep over
/// its head replaces a timer for each call.
/// </summary>
internal sealed class CallDeadlines(TimeSpan limit)
{
    private readonly Lock gate = new();
    private readonly long limitMilliseconds = (long)limit.TotalMilliseconds;
    private PendingCall? earliest;
    private PendingCall? latest;

    /// <summary>Sweeps until canceled. A call expires at most a twentieth of the limit late.</summary>
    internal async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(Math.Clamp(limitMilliseconds / 20, 5, 100)));
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation))
                while (TakeEarliest(Environment.TickCount64) is { } call)
                    call.Expire(RedisErrors.NoAnswerInTime());
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The gate closes: its calls end with the connection.
        }
    }

    /// <summary>Ends every call: the package forgets some of those that it had not sent yet when it was closed.</summary>
    internal void EndAll()
    {
        while (TakeEarliest(long.MaxValue) is { } call)
            call.Expire(RedisErrors.Closed());
    }

    internal void Add(PendingCall call)
    {
        lock (gate)
        {
            call.ExpiresAt = Environment.TickCount64 + limitMilliseconds;
            call.IsListed = true;
            call.Earlier = latest;
            if (latest is null)
                earliest = call;
            else
                latest.Later = call;
            latest = call;
        }
    }

    /// <summary>Harmless when it is not in the list.</summary>
    internal void Remove(PendingCall call)
    {
        lock (gate) Unlink(call);
    }

    private PendingCall? TakeEarliest(long expiredBy)
    {
        lock (gate)
        {
            if (earliest is not { } call || call.ExpiresAt > expiredBy)
                return null;
            Unlink(call);
            return call;
        }
    }

    private void Unlink(PendingCall call)
    {
        if (!call.IsListed)
            return;
        call.IsListed = false;
        if (call.Earlier is null)
            earliest = call.Later;
        else
            call.Earlier.Later = call.Later;
        if (call.Later is null)
            latest = call.Earlier;
        else
            call.Later.Earlier = call.Earlier;
        call.Earlier = call.Later = null;
    }
}
