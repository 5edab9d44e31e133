namespace Workers.Node.Workers;

/// <summary>Where a process's output goes: to the running attempt's log, else to the worker's own.</summary>
internal sealed class WorkerOutput
{
    private long lastWritten = Environment.TickCount64;
    private volatile OutputRing? attempt;

    /// <summary>What was printed between attempts.</summary>
    public OutputRing Own { get; } = new();

    /// <summary>When something was printed last, in <see cref="Environment.TickCount64"/>.</summary>
    public long LastWritten => Volatile.Read(ref lastWritten);

    /// <summary>From now on output belongs to this attempt; null: to nobody's.</summary>
    public void Attach(OutputRing? log) => attempt = log;

    /// <summary>Takes a piece.</summary>
    public void Write(ReadOnlyMemory<byte> text)
    {
        Volatile.Write(ref lastWritten, Environment.TickCount64);
        (attempt ?? Own).Append(text.Span);
    }
}
