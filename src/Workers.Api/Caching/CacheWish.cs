using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Workers.Api.Caching;

/// <summary>How a request wishes to be answered where its result may be stored.</summary>
internal enum CacheWish
{
    /// <summary>By a stored result, or together with whoever asks the same.</summary>
    Use,

    /// <summary>By a new result, which is stored in the place of the old one.</summary>
    Anew,

    /// <summary>By a new result that nobody else gets.</summary>
    Alone,
}

/// <summary>Reads the wish from <c>Cache-Control</c> (RFC 9111, 5.2.1).</summary>
internal static class CacheWishes
{
    /// <summary><c>no-store</c>; <c>no-cache</c> or <c>max-age=0</c>; anything else is no wish.</summary>
    public static CacheWish Of(HttpRequest request)
    {
        if (request.Headers.CacheControl.Count == 0
            || !CacheControlHeaderValue.TryParse(request.Headers.CacheControl.ToString(), out var said))
            return CacheWish.Use;
        return said.NoStore ? CacheWish.Alone : said.NoCache || said.MaxAge == TimeSpan.Zero ? CacheWish.Anew : CacheWish.Use;
    }
}
