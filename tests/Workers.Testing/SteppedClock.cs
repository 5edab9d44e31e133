namespace Workers.Testing;

/// <summary>A clock that stands still until a test moves it on: its date, which begins with today's, and its timestamps. Its timers are the system's.</summary>
public sealed class SteppedClock : TimeProvider
{
    private readonly DateTimeOffset start = DateTimeOffset.UtcNow;
    private long ticks = 1;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override long GetTimestamp() => Interlocked.Read(ref ticks);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => start.AddTicks(GetTimestamp());

    /// <summary>So much later.</summary>
    public void Advance(TimeSpan time) => Interlocked.Add(ref ticks, time.Ticks);
}
