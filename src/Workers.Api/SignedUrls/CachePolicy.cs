using System.Globalization;

namespace Workers.Api.SignedUrls;

/// <summary>How long caches may keep what a signed URL answered (RFC 9111; stale-while-revalidate: RFC 5861).</summary>
internal static class CachePolicy
{
    private const long Year = 31_536_000;
    private const long StaleFor = 600;

    /// <summary>The Cache-Control header.</summary>
    /// <param name="never">The URL names a version and so always means the same picture.</param>
    /// <param name="maxAge">How long the picture of a URL without a version may be kept.</param>
    /// <param name="left">Until the URL expires; null: it does not. Nothing is kept longer.</param>
    public static string Of(bool never, TimeSpan maxAge, TimeSpan? left)
    {
        var most = left is { } time ? Math.Max(0, (long)time.TotalSeconds) : long.MaxValue;
        if (never)
            return most >= Year ? $"public, max-age={Text(Year)}, immutable" : $"public, max-age={Text(most)}";
        var fresh = Math.Min((long)maxAge.TotalSeconds, most);
        var stale = Math.Min(StaleFor, most - fresh);
        return stale > 0 ? $"public, max-age={Text(fresh)}, stale-while-revalidate={Text(stale)}" : $"public, max-age={Text(fresh)}";
    }

    private static string Text(long seconds) => seconds.ToString(CultureInfo.InvariantCulture);
}
