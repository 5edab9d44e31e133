namespace Workers.Node.Workers;

/// <summary>The newest bytes of what a process printed, at most <see cref="Capacity"/>; older ones are dropped. Safe for several threads.</summary>
internal sealed class OutputRing
{
    /// <summary>Bytes kept.</summary>
    public const int Capacity = 64 * 1024;

    private readonly Lock gate = new();
    private byte[] bytes = [];
    private int start;
    private int count;

    /// <summary>Whether there is nothing to take.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (gate) return count == 0;
        }
    }

    /// <summary>Appends.</summary>
    public void Append(ReadOnlySpan<byte> text)
    {
        if (text.Length > Capacity)
            text = text[^Capacity..];
        lock (gate)
        {
            if (bytes.Length == 0)
                bytes = new byte[Capacity];
            var dropped = Math.Max(0, count + text.Length - Capacity);
            start = (start + dropped) % Capacity;
            count -= dropped;
            var end = (start + count) % Capacity;
            var first = Math.Min(text.Length, Capacity - end);
            text[..first].CopyTo(bytes.AsSpan(end));
            text[first..].CopyTo(bytes);
            count += text.Length;
        }
    }

    /// <summary>What is held, oldest first; it stays.</summary>
    public byte[] Read()
    {
        lock (gate)
        {
            var copy = new byte[count];
            var first = Math.Min(count, Capacity - start);
            bytes.AsSpan(start, Math.Min(first, count)).CopyTo(copy);
            bytes.AsSpan(0, count - first).CopyTo(copy.AsSpan(first));
            return copy;
        }
    }

    /// <summary>What is held, oldest first; it is gone from here.</summary>
    public byte[] Take()
    {
        lock (gate)
        {
            var taken = Read();
            (start, count) = (0, 0);
            return taken;
        }
    }
}
