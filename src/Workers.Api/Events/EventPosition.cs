using Microsoft.AspNetCore.Http;
using Workers.Api.Problems;
using Workers.Jobs.Events;

namespace Workers.Api.Events;

/// <summary>From where a reader wants to go on.</summary>
internal static class EventPosition
{
    /// <summary>The id of the last event it has: <c>Last-Event-ID</c>, else <c>?after=</c>, else null.</summary>
    /// <exception cref="ProblemException">400: not an id of ours.</exception>
    public static string? Of(HttpRequest request)
    {
        // A reconnecting EventSource repeats its URL, so the header is the newer one.
        var position = request.Headers["Last-Event-ID"].ToString();
        if (position.Length == 0)
            position = request.Query["after"].ToString();
        if (position.Length == 0)
            return null;
        return EventFeed.IsId(position)
            ? position
            : throw new Problem(ProblemKinds.MalformedRequest,
                "Last-Event-ID and ?after= take the id of an event of this stream, e.g. 1700000000000-0.")
                .AsException();
    }
}
