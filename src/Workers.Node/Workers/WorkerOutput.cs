using System.Collections.Immutable;

namespace Workers.Node.Workers;

/// <summary>
/// Where a process's output goes: to the running attempt's log, else to the worker's own. While several attempts run nobody can tell whose it is:
/// then it goes to the log of each.
/// </summary>
internal sealed class WorkerOutput
{
    private long lastWritten = Environment.TickCount64;
    private ImmutableArray<OutputRing> attempts = [];

    /// <summary>What was printed between attempts.</summary>
    public OutputRing Own { get; } = new();

    /// <summary>When something was printed last, in <see cref="Environment.TickCount64"/>.</summary>
    public long LastWritten => Volatile.Read(ref lastWritten);

    /// <summary>From now on output belongs to this attempt too.</summary>
    public void Attach(OutputRing log) => ImmutableInterlocked.Update(ref attempts, static (all, one) => all.Add(one), log);

    /// <summary>No more.</summary>
    public void Detach(OutputRing log) => ImmutableInterlocked.Update(ref attempts, static (all, one) => all.Remove(one), log);

    /// <summary>Takes a piece.</summary>
    public void Write(ReadOnlyMemory<byte> text)
    {
        Volatile.Write(ref lastWritten, Environment.TickCount64);
        var logs = attempts;
        if (logs.IsEmpty)
            Own.Append(text.Span);
        foreach (var log in logs)
            log.Append(text.Span);
    }
}
