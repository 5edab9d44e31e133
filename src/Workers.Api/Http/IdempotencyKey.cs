using Microsoft.AspNetCore.Http;
using Workers.Api.Problems;

namespace Workers.Api.Http;

/// <summary>The <c>Idempotency-Key</c> header (a structured-field string, RFC 9651; bare accepted).</summary>
internal static class IdempotencyKey
{
    private const int Longest = 255;

    /// <summary>The key, or null when none was sent.</summary>
    /// <exception cref="ProblemException">400: empty, too long, not printable ASCII, or sent twice.</exception>
    public static string? Of(HttpRequest request)
    {
        var values = request.Headers["Idempotency-Key"];
        if (values.Count == 0)
            return null;
        var key = values.Count == 1 ? Unquote(values.ToString()) : null;
        return key is { Length: > 0 and <= Longest } && !key.AsSpan().ContainsAnyExceptInRange(' ', '~')
            ? key
            : throw new Problem(
                ProblemKinds.MalformedRequest, $"Idempotency-Key takes one string of 1 to {Longest} printable ASCII characters, e.g. \"order-4711\".")
                .AsException();
    }

    private static string? Unquote(string value)
    {
        value = value.Trim();
        if (!value.StartsWith('"'))
            return value;
        if (value.Length < 2 || !value.EndsWith('"'))
            return null;
        return value[1..^1].Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal);
    }
}
