using Workers.Api.Engines;
using Workers.Api.Jobs;
using Workers.Blobs;
using Workers.Jobs;
using Workers.Jobs.Configuration;

namespace Workers.Api.Caching;

/// <summary>
/// Stored results: which calls they are for, and whether what is found still holds. What is in this process's memory answers without a word to Redis;
/// everything else about entries is done by <c>submit.lua</c> and <c>complete.lua</c>.
/// </summary>
internal sealed class RenderCache(
    CacheKeys keys, RootContents roots, HotResults hot, IBlobStore blobs, EngineCatalog catalog, ServerSettings settings, TimeProvider time)
{
    /// <summary>After this long the next request of a key goes to Redis, which may hold something newer.</summary>
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(2);

    /// <summary>What is to be done for a call.</summary>
    /// <param name="prepared">The call.</param>
    /// <param name="wish">The request's wish.</param>
    /// <param name="hasIdempotencyKey">A request with an Idempotency-Key has a job of its own, whose result is stored for others.</param>
    /// <param name="cancellation">Stops reading files for the key.</param>
    public async ValueTask<CachePlan> PlanAsync(PreparedJob prepared, CacheWish wish, bool hasIdempotencyKey, CancellationToken cancellation)
    {
        if (Obstacle(prepared) is { } obstacle)
            return CachePlan.Bypass(obstacle);
        if (wish == CacheWish.Alone)
            return new CachePlan("request");
        if (prepared.Engine.Build is not { } build)
            return CachePlan.Bypass(prepared.Engine.BuildDoubt ?? "no-worker");
        if (await keys.OfAsync(prepared, build, cancellation) is not { } key)
            return CachePlan.Bypass("file-changing");
        // Who gives up sooner must not end the render of who waits longer.
        var flight = prepared.Specification.TimeoutSeconds is { } limit ? FormattableString.Invariant($"{key.Text}:{limit:R}") : key.Text;
        return new CachePlan(wish == CacheWish.Anew ? "request" : hasIdempotencyKey ? "bypass" : "miss")
        {
            Detail = wish != CacheWish.Anew && hasIdempotencyKey ? "idempotency-key" : null,
            Key = key,
            Use = new CacheUse(key.Text, flight, build, Looks: wish == CacheWish.Use && !hasIdempotencyKey)
            {
                Negative = TimeSpan.FromSeconds(settings.Cache.NegativeSeconds),
            },
        };
    }

    /// <summary>The result of a key from this process's memory, where everything that the key stands for is as it was; null: ask Redis.</summary>
    public HotResult? TryGetHot(CacheKey key) =>
        hot.Find(key.Text) is { } found
        && catalog.Current.Find(key.Engine)?.Build == key.Build
        && roots.AreKnownToBe(key.Files)
        && roots.AreKnownToBe(found.Stored.Reads)
            ? found
            : null;

    /// <summary>Whether it is time that somebody looks in Redis whether a result in memory was replaced.</summary>
    public bool IsDue(HotResult found) => time.GetElapsedTime(found.CheckedAt) > LookAgainAfter;

    /// <summary>True for one request each time that it is due: that one looks, the others go on being answered from memory.</summary>
    public bool TakesLook(HotResult found)
    {
        var (seen, now) = (found.CheckedAt, time.GetTimestamp());
        return time.GetElapsedTime(seen, now) > LookAgainAfter && found.TakesLook(seen, now);
    }

    /// <summary>Whether a job's result may answer a request that did not start it: the files that it depends on are as it found them.</summary>
    public ValueTask<bool> IsFreshAsync(IReadOnlyDictionary<string, string> reads, CancellationToken cancellation) =>
        roots.AreAsync(reads, cancellation);

    /// <summary>A small stored result with its bytes, kept in memory from now on; null where it is large, or its bytes are gone.</summary>
    public async Task<HotResult?> WarmAsync(CacheKey key, StoredResult stored, CancellationToken cancellation)
    {
        var now = time.GetTimestamp();
        if (hot.Find(key.Text) is { } known && known.Stored.JobId == stored.JobId)
        {
            known.NoteChecked(now);
            return known;
        }

        var artifact = stored.Result.Artifacts is [var main, ..] ? main : null;
        if (await BytesAsync(stored, artifact, cancellation) is not { } bytes)
            return null;
        var warmed = new HotResult(stored, artifact, bytes, now);
        // Answers of inspections are noted by submit.lua, so that lists of what names what stay whole; and it is pictures that are asked for all day.
        if (warmed.MediaType != HotResult.Json)
            hot.Keep(key.Text, warmed);
        return warmed;
    }

    private async Task<byte[]?> BytesAsync(StoredResult stored, JobArtifact? artifact, CancellationToken cancellation)
    {
        if (artifact is null)
            return System.Text.Encoding.UTF8.GetBytes(stored.Result.Output?.ToJsonString() ?? "null");
        if (artifact.Size > HotResults.Largest || await blobs.OpenAsync(AssetId.Hex(artifact.Asset), cancellation) is not { } content)
            return null;
        await using (content)
        {
            var bytes = new byte[artifact.Size];
            await content.ReadExactlyAsync(bytes, cancellation);
            return bytes;
        }
    }

    private string? Obstacle(PreparedJob prepared)
    {
        var specification = prepared.Specification;
        return !settings.Cache.Enabled ? "off"
            : !prepared.Function.Report.Cacheable ? "not-cacheable"
            : specification.Supersedes is not null ? "supersedes"
            : specification.OrderingKey is not null ? "ordering-key"
            : specification.Tags.Count > 0 ? "tags"
            : specification.Requires.Count > 0 ? "requires"
            : specification.RunAfter is not null ? "run-after"
            : specification.QueueTimeoutSeconds is not null ? "queue-timeout"
            : null;
    }
}
