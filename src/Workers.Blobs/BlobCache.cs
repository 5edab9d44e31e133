namespace Workers.Blobs;

/// <summary>Small blobs in memory, least recently used out first. A fresh picture is answered from here without touching the disk.</summary>
/// <param name="capacity">Bytes kept in all.</param>
/// <param name="largest">Blobs above this many bytes are not kept.</param>
public sealed class BlobCache(long capacity = 64 << 20, int largest = 256 << 10)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, LinkedListNode<(string Hex, byte[] Bytes)>> known = [];
    private readonly LinkedList<(string Hex, byte[] Bytes)> byUse = new();

    /// <summary>Bytes kept now; never above the capacity.</summary>
    public long Size { get; private set; }

    /// <summary>Keeps a copy, where it isn't too large.</summary>
    public void Keep(string hex, ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > largest || bytes.Length > capacity)
            return;
        lock (gate)
        {
            if (known.ContainsKey(hex))
                return;
            known[hex] = byUse.AddFirst((hex, bytes.ToArray()));
            Size += bytes.Length;
            while (Size > capacity)
                Drop(byUse.Last!);
        }
    }

    /// <summary>The bytes, or null. Not to be written to.</summary>
    public byte[]? Find(string hex)
    {
        lock (gate)
        {
            if (!known.TryGetValue(hex, out var node))
                return null;
            byUse.Remove(node);
            byUse.AddFirst(node);
            return node.Value.Bytes;
        }
    }

    /// <summary>Forgets it.</summary>
    public void Remove(string hex)
    {
        lock (gate)
        {
            if (known.TryGetValue(hex, out var node))
                Drop(node);
        }
    }

    private void Drop(LinkedListNode<(string Hex, byte[] Bytes)> node)
    {
        known.Remove(node.Value.Hex);
        byUse.Remove(node);
        Size -= node.Value.Bytes.Length;
    }
}
