using System.Collections.Concurrent;

namespace Workers.Api.Caching;

/// <summary>Counts of this process: how calls were answered. The names are a closed set, so that the table is bounded.</summary>
internal sealed class CacheMetrics
{
    private readonly ConcurrentDictionary<string, StrongBox> counts = new();

    /// <summary>By result.</summary>
    public IEnumerable<KeyValuePair<string, long>> Counts =>
        counts.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, Volatile.Read(ref pair.Value.Count)));

    /// <summary>One more.</summary>
    public void Count(string result) => Interlocked.Increment(ref counts.GetOrAdd(result, static _ => new StrongBox()).Count);

    private sealed class StrongBox
    {
        public long Count;
    }
}
