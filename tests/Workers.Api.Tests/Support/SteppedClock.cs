namespace Workers.Api.Tests.Support;

/// <summary>A clock whose timestamps stand still until a test moves them on; its date and its timers are the system's.</summary>
internal sealed class SteppedClock : TimeProvider
{
    private long ticks = 1;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref ticks);

    public void Advance(TimeSpan time) => Interlocked.Add(ref ticks, time.Ticks);
}
