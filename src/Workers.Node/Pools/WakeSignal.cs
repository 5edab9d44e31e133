namespace Workers.Node.Pools;

/// <summary>Wakes one waiting loop; a pulse that nobody waits for is remembered, several count as one.</summary>
internal sealed class WakeSignal : IDisposable
{
    private readonly SemaphoreSlim pulse = new(0, 1);
    private int pending;

    /// <summary>Wakes the loop now, or at its next wait. Safe for several threads.</summary>
    public void Pulse()
    {
        if (Interlocked.Exchange(ref pending, 1) == 0)
            pulse.Release();
    }

    /// <summary>Waits for a pulse, at most <paramref name="longest"/>.</summary>
    public async Task WaitAsync(TimeSpan longest, CancellationToken cancellation)
    {
        if (await pulse.WaitAsync(longest, cancellation))
            Volatile.Write(ref pending, 0);
    }

    /// <inheritdoc/>
    public void Dispose() => pulse.Dispose();
}
