using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Workers.Api.Problems;

namespace Workers.Api.Http;

/// <summary>Pages of lists: sizes are coerced down, tokens are opaque to clients.</summary>
internal static class PageTokens
{
    /// <summary>The largest page.</summary>
    public const int LargestPage = 500;

    private const int DefaultPage = 50;

    /// <summary>The page size to use.</summary>
    /// <exception cref="ProblemException">400: zero or negative.</exception>
    public static int Size(int? asked) => asked switch
    {
        null => DefaultPage,
        <= 0 => throw new Problem(ProblemKinds.MalformedRequest, $"pageSize must be 1 to {LargestPage}, not {asked}.").AsException(),
        { } size => Math.Min(size, LargestPage),
    };

    /// <summary>The token of a position.</summary>
    public static string Write(long position) =>
        Base64Url.EncodeToString(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"1.{position}")));

    /// <summary>The position of a token; null without one.</summary>
    /// <exception cref="ProblemException">400: not a token of ours.</exception>
    public static long? Read(string? token)
    {
        if (string.IsNullOrEmpty(token))
            return null;
        var text = Base64Url.IsValid(token) ? Encoding.ASCII.GetString(Base64Url.DecodeFromChars(token)) : "";
        return text.StartsWith("1.", StringComparison.Ordinal)
            && long.TryParse(text.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out var position)
                ? position
                : throw Foreign();
    }

    /// <summary>The token of the position behind a name.</summary>
    public static string Write(string name) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes("2." + name));

    /// <summary>The name of a token; null without one.</summary>
    /// <exception cref="ProblemException">400: not a token of ours.</exception>
    public static string? ReadName(string? token)
    {
        if (string.IsNullOrEmpty(token))
            return null;
        var text = Base64Url.IsValid(token) ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token)) : "";
        return text.StartsWith("2.", StringComparison.Ordinal) && text.Length > 2 ? text[2..] : throw Foreign();
    }

    /// <summary>Adds <c>Link: …; rel="next"</c> (RFC 8288) with the same filters.</summary>
    public static void LinkNext(HttpContext context, string? token)
    {
        if (token is null)
            return;
        var query = new QueryBuilder(context.Request.Query.Where(pair => pair.Key != "pageToken").SelectMany(
            pair => pair.Value, (pair, value) => KeyValuePair.Create(pair.Key, value ?? ""))) { { "pageToken", token } };
        context.Response.Headers.Link = $"<{context.Request.Path}{query}>; rel=\"next\"";
    }

    private static ProblemException Foreign() =>
        new Problem(ProblemKinds.MalformedRequest, "pageToken must be the nextPageToken of the page before, unchanged.").AsException();
}
