using Workers.Api.Metrics;
using Workers.Jobs;

namespace Workers.Api.Caching;

/// <summary>Figures of stored results for Prometheus.</summary>
internal sealed class CacheFigures(CacheMetrics metrics, HotResults hot, ResultStore results)
{
    /// <summary>Adds them.</summary>
    public async Task WriteAsync(PrometheusText text, CancellationToken cancellation)
    {
        var totals = await results.TotalsAsync(cancellation);
        text.Family("workers_cache_requests_total", "counter", "Calls of this process by how stored results had to do with their answer.");
        foreach (var (result, count) in metrics.Counts)
            text.Sample("workers_cache_requests_total", count, ("result", result));
        text.Family("workers_cache_entries", "gauge", "Stored results.");
        text.Sample("workers_cache_entries", totals.Entries);
        text.Family("workers_cache_bytes", "gauge", "Bytes of stored results: of their outputs, and of their records in Redis.");
        text.Sample("workers_cache_bytes", totals.Bytes, ("of", "outputs"));
        text.Sample("workers_cache_bytes", totals.RecordBytes, ("of", "records"));
        text.Family("workers_cache_memory_bytes", "gauge", "Bytes of small results in this process's memory.");
        text.Sample("workers_cache_memory_bytes", hot.Bytes);
    }
}
