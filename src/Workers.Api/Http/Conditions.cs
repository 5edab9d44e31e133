using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Workers.Api.Problems;
using Workers.Jobs.Templates;

namespace Workers.Api.Http;

/// <summary>Conditional requests: If-Match, If-None-Match and the like (RFC 9110, 13.1).</summary>
internal static class Conditions
{
    // A tag that no version has: what only weak tags were named for never matches (strong comparison).
    private const string Never = "-";

    /// <summary>What If-Match asks for.</summary>
    /// <exception cref="ProblemException">400: not entity tags.</exception>
    public static TagCondition Match(HttpRequest request) => Read(request.Headers.IfMatch, request.GetTypedHeaders().IfMatch, "If-Match");

    /// <summary>What If-None-Match asks for.</summary>
    /// <exception cref="ProblemException">400: not entity tags.</exception>
    public static TagCondition NoneMatch(HttpRequest request) =>
        Read(request.Headers.IfNoneMatch, request.GetTypedHeaders().IfNoneMatch, "If-None-Match");

    /// <summary>
    /// Takes conditions and ranges out of a request that is no look: they are about what its URL names, which is not the picture that a POST answers.
    /// </summary>
    public static void LeaveToLooks(HttpRequest request)
    {
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
            return;
        var headers = request.Headers;
        headers.IfMatch = headers.IfNoneMatch = headers.IfModifiedSince = headers.IfUnmodifiedSince = headers.IfRange = headers.Range = default;
    }

    private static TagCondition Read(StringValues written, IList<EntityTagHeaderValue> tags, string header)
    {
        if (written.Count == 0)
            return default;
        if (tags.Count == 0)
            throw new Problem(ProblemKinds.MalformedRequest, $"{header} takes entity tags as they were sent, e.g. \"3-0123456789abcdef\", or *.").AsException();
        if (tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any)))
            return new TagCondition("*");
        // Ours have no spaces; one that has is none of ours.
        var strong = tags.Where(tag => !tag.IsWeak).Select(tag => tag.Tag.Value!.Trim('"')).Where(tag => tag.Length > 0 && !tag.Contains(' ', StringComparison.Ordinal));
        return new TagCondition(string.Join(' ', strong.DefaultIfEmpty(Never)));
    }
}
