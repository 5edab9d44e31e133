using Microsoft.Extensions.Logging;
using Workers.Jobs.Configuration;
using Workers.Jobs.Nodes;
using Workers.Jobs.Redis;

namespace Workers.Api.Engines;

/// <summary>What the nodes offer, kept fresh by <see cref="EngineCatalogRefresher"/>, so that requests read it without a round trip.</summary>
public sealed class EngineCatalog(NodeRegistry nodes, ServerSettings settings, TimeProvider time, ILoggerFactory loggers) : IDisposable
{
    private readonly CatalogBuilder builder = new(settings, loggers.CreateLogger<CatalogBuilder>());
    private readonly SemaphoreSlim refreshing = new(1);
    private CatalogView view = CatalogView.Empty;
    private long seen = -1;

    /// <summary>The newest picture; at most about a second old while Redis answers.</summary>
    public CatalogView Current => Volatile.Read(ref view);

    /// <summary>The newest picture; looks by itself where nobody has looked within the last two seconds.</summary>
    /// <exception cref="RedisUnavailableException">Redis does not answer.</exception>
    public async ValueTask<CatalogView> GetAsync(CancellationToken cancellation)
    {
        var known = Interlocked.Read(ref seen);
        if (known < 0 || time.GetElapsedTime(known) > TimeSpan.FromSeconds(2))
            await RefreshAsync(cancellation);
        return Current;
    }

    /// <summary>As <see cref="GetAsync"/>, but the last picture where Redis does not answer: for calls that may be answered without it.</summary>
    /// <exception cref="RedisUnavailableException">Redis does not answer and nothing is known yet.</exception>
    public async ValueTask<CatalogView> LastKnownAsync(CancellationToken cancellation)
    {
        try
        {
            return await GetAsync(cancellation);
        }
        catch (RedisUnavailableException) when (Interlocked.Read(ref seen) >= 0)
        {
            return Current;
        }
    }

    /// <summary>Looks now.</summary>
    public async Task RefreshAsync(CancellationToken cancellation)
    {
        await refreshing.WaitAsync(cancellation);
        try
        {
            var (reports, desired) = (nodes.ListAsync(cancellation), nodes.DesiredAsync(cancellation));
            Volatile.Write(ref view, builder.Build(await reports, await desired));
            Interlocked.Exchange(ref seen, time.GetTimestamp());
        }
        finally
        {
            refreshing.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => refreshing.Dispose();
}
