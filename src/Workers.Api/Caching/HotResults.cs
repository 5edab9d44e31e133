using Microsoft.Extensions.Caching.Memory;
using Workers.Jobs.Configuration;

namespace Workers.Api.Caching;

/// <summary>Small results in this process's memory by their key, bounded in bytes; the least recently used go first.</summary>
internal sealed class HotResults(ServerSettings settings) : IDisposable
{
    /// <summary>Larger ones are streamed from the blob store.</summary>
    public const int Largest = 1 << 20;

    private const int Overhead = 1_024;

    private readonly MemoryCache memory = new(new MemoryCacheOptions { SizeLimit = settings.Cache.MemoryBytes, TrackStatistics = true });

    /// <summary>Bytes kept now, with what surrounds them.</summary>
    public long Bytes => memory.GetCurrentStatistics()?.CurrentEstimatedSize ?? 0;

    /// <summary>Results kept now.</summary>
    public long Count => memory.Count;

    /// <summary>The result of that key, or null.</summary>
    public HotResult? Find(string key) => memory.Get<HotResult>(key);

    /// <summary>Keeps it, where there is room.</summary>
    public void Keep(string key, HotResult hot)
    {
        if (hot.Bytes.Length <= Largest)
            memory.Set(key, hot, new MemoryCacheEntryOptions { Size = hot.Bytes.Length + Overhead });
    }

    /// <inheritdoc/>
    public void Dispose() => memory.Dispose();
}
