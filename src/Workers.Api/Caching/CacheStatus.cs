using System.Text;
using Microsoft.AspNetCore.Http;
using Workers.Jobs;

namespace Workers.Api.Caching;

/// <summary>Tells in <c>Cache-Status</c> (RFC 9211) how stored results had to do with an answer, and counts it.</summary>
internal sealed class CacheStatus(CacheMetrics metrics)
{
    private const string Header = "Cache-Status";
    private const string Cache = "workers";
    private const int DetailLength = 100;

    /// <summary>A stored result answers.</summary>
    public void Hit(HttpResponse response, bool isHot)
    {
        response.Headers[Header] = $"{Cache}; hit";
        metrics.Count(isHot ? "hit_memory" : "hit");
    }

    /// <summary>A failure of a moment ago answers.</summary>
    public void Failed(HttpResponse response)
    {
        response.Headers[Header] = $"{Cache}; hit; detail=\"failed a moment ago\"";
        metrics.Count("hit_failure");
    }

    /// <summary>A job answers, this request's or the one that it joined.</summary>
    public void Forwarded(HttpResponse response, CachePlan plan, bool joined)
    {
        response.Headers[Header] = $"{Cache}; fwd={plan.Forward}{(joined ? "; collapsed" : "")}{Detail(plan.Detail)}";
        metrics.Count(joined ? "collapsed" : plan.Forward);
    }

    /// <summary>The job is over: says whether its result is stored, or why not.</summary>
    public static void Ended(HttpResponse response, CachePlan plan, Job job, bool joined)
    {
        if (joined || plan.Use is null || job is not { State: JobState.Succeeded, Caching.Unkept: { } unkept })
            return;
        response.Headers[Header] = unkept.Length == 0
            ? $"{Cache}; fwd={plan.Forward}; stored{Detail(plan.Detail)}"
            : $"{Cache}; fwd={plan.Forward}{Detail(unkept)}";
    }

    // A string of RFC 8941: printable ASCII, with quotes and backslashes escaped.
    private static string Detail(string? detail)
    {
        if (string.IsNullOrEmpty(detail))
            return "";
        var text = new StringBuilder("; detail=\"");
        foreach (var letter in detail.Length <= DetailLength ? detail : detail[..DetailLength])
        {
            if (letter is '"' or '\\')
                text.Append('\\');
            text.Append(letter is >= ' ' and <= '~' ? letter : '?');
        }

        return text.Append('"').ToString();
    }
}
