using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Workers.Contracts;

namespace Workers.Api.Problems;

/// <summary>Writes problems as <c>application/problem+json</c>.</summary>
public static class ProblemWriter
{
    /// <summary>The media type of RFC 9457.</summary>
    public const string MediaType = "application/problem+json";

    /// <summary>The id under which this request is logged: the W3C trace id where there is one.</summary>
    public static string TraceId(HttpContext context) => Activity.Current?.TraceId.ToHexString() ?? context.TraceIdentifier;

    /// <summary>Answers with a problem; the response must not have started.</summary>
    public static async Task WriteAsync(HttpContext context, Problem problem)
    {
        var response = context.Response;
        response.StatusCode = problem.Kind.Status;
        response.ContentType = MediaType;
        response.Headers.CacheControl = "no-store";
        if (problem.Location is { } location)
            response.Headers.Location = location;
        if (problem.RetryAfter is { } after)
            response.Headers.RetryAfter = Seconds(after);
        if (problem.JobId is { } job)
            response.Headers["Job-Id"] = job;
        if (problem.Kind == ProblemKinds.Unauthenticated)
            response.Headers.WWWAuthenticate = "Bearer realm=\"workers\"";

        var bytes = JsonSerializer.SerializeToUtf8Bytes(Document(context, problem), WireJson.Readable.ProblemDocument);
        response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    /// <summary>The document of a problem.</summary>
    public static ProblemDocument Document(HttpContext context, Problem problem) => new()
    {
        Type = problem.Kind.Type,
        Title = problem.Kind.Title,
        Status = problem.Kind.Status,
        Detail = problem.Detail,
        Instance = context.Request.Path.Value,
        Code = problem.Kind.Code,
        TraceId = TraceId(context),
        JobId = problem.JobId,
        Retryable = problem.Retryable ?? problem.Kind.Retryable,
        Errors = problem.Errors is { Count: > 0 } errors ? errors : null,
    };

    /// <summary>A delay in whole seconds for <c>Retry-After</c>: rounded up, at least 1.</summary>
    public static string Seconds(TimeSpan after) =>
        Math.Max(1, (long)Math.Ceiling(after.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
}
