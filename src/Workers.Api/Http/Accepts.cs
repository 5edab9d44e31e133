using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Workers.Api.Http;

/// <summary>What the Accept header asks for (RFC 9110, 12.5.1).</summary>
internal static class Accepts
{
    private const string Json = "application/json";

    /// <summary>True when server-sent events are named.</summary>
    public static bool EventStream(HttpRequest request) =>
        Ranges(request).Any(range => range.MediaType.Equals("text/event-stream", StringComparison.OrdinalIgnoreCase));

    /// <summary>True when JSON is named (not only covered by <c>*/*</c>).</summary>
    public static bool NamesJson(HttpRequest request) => Ranges(request).Any(IsJson);

    /// <summary>True when JSON is named and nothing is wished more (on equal terms: nothing stands before it).</summary>
    public static bool PrefersJson(HttpRequest request) => Ranges(request).OrderByDescending(Quality).FirstOrDefault() is { } first && IsJson(first);

    /// <summary>
    /// True when nothing is accepted but pictures and pages: what a function that makes no picture never answers. Which type its artifact has
    /// is only known when it is there, so that no other wish is refused beforehand (RFC 9110, 12.4.1 leaves that to the server).
    /// </summary>
    public static bool OnlyPicturesOrPages(HttpRequest request) =>
        Ranges(request) is { Count: > 0 } ranges && ranges.All(range => range.Type.Equals("image", StringComparison.OrdinalIgnoreCase)
            || range.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase));

    /// <summary>True when just this type is named and wanted (not only covered by <c>*/*</c>).</summary>
    public static bool Names(HttpRequest request, string type) =>
        Ranges(request).Any(range => range.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase) && Quality(range) > 0);

    /// <summary>The best of these types, first on equal terms; null when none is accepted. Without an Accept header everything is.</summary>
    public static string? Best(HttpRequest request, IReadOnlyList<string> offered)
    {
        var ranges = Ranges(request);
        if (ranges.Count == 0)
            return offered.Count > 0 ? offered[0] : null;
        return offered
            .Select((type, order) => (type, order, quality: QualityOf(ranges, type)))
            .Where(offer => offer.quality > 0)
            .OrderByDescending(offer => offer.quality).ThenBy(offer => offer.order)
            .Select(offer => offer.type)
            .FirstOrDefault();
    }

    // The most specific range that covers the type decides.
    private static double QualityOf(IList<MediaTypeHeaderValue> ranges, string type)
    {
        var offer = new MediaTypeHeaderValue(type);
        return ranges
            .Where(offer.IsSubsetOf)
            .OrderBy(range => range.MatchesAllTypes ? 2 : range.MatchesAllSubTypes ? 1 : 0)
            .Select(Quality)
            .FirstOrDefault();
    }

    private static bool IsJson(MediaTypeHeaderValue range) => range.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase);

    private static double Quality(MediaTypeHeaderValue range) => range.Quality ?? 1;

    private static IList<MediaTypeHeaderValue> Ranges(HttpRequest request) => request.GetTypedHeaders().Accept;
}
