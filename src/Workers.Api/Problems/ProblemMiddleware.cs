using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Workers.Api.Problems;

/// <summary>Answers exceptions, and bare error statuses of the framework, as problems.</summary>
internal sealed partial class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> logger)
{
    /// <summary>Runs the rest of the pipeline.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client went away; nobody reads an answer.
            return;
        }
#pragma warning disable CA1031 // The outermost frame of a request: whatever arrives here becomes a problem or a log line, never a silent loss.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            await AnswerAsync(context, exception);
            return;
        }

        // Ranges that cannot be served leave the file's own type behind, but no body.
        var isBare = context.Response is { ContentLength: null or 0, ContentType: null } or { StatusCode: StatusCodes.Status416RangeNotSatisfiable };
        if (!context.Response.HasStarted && isBare && ProblemKinds.OfBareStatus(context.Response.StatusCode) is { } kind)
        {
            await ProblemWriter.WriteAsync(context, new Problem(kind, BareDetail(context, kind)));
        }
    }

    private async Task AnswerAsync(HttpContext context, Exception exception)
    {
        var problem = ProblemMapping.Of(exception);
        if (problem is null)
        {
            LogUnhandled(exception, context.Request.Method, context.Request.Path, ProblemWriter.TraceId(context));
            problem = new Problem(
                ProblemKinds.Internal,
                $"This is a fault of the server, not of the request. Its log tells more under trace id {ProblemWriter.TraceId(context)}.");
        }

        if (context.Response.HasStarted)
        {
            // Half a body has gone out: only cutting the connection tells the client that it is not whole.
            LogCutOff(problem.Kind.Code, problem.Detail, context.Request.Method, context.Request.Path, ProblemWriter.TraceId(context));
            context.Abort();
            return;
        }

        context.Response.Headers.ContentLength = null;
        context.Response.Headers.ETag = default;
        await ProblemWriter.WriteAsync(context, problem);
    }

    private static string BareDetail(HttpContext context, ProblemKind kind)
    {
        var (method, path) = (context.Request.Method, context.Request.Path);
        if (kind == ProblemKinds.RouteNotFound)
            return $"Nothing answers {path}. /docs lists every route.";
        if (kind == ProblemKinds.MethodNotAllowed)
            return $"{path} does not take {method}; it takes {context.Response.Headers.Allow}.";
        if (kind == ProblemKinds.RangeNotSatisfiable)
            return "The Range header asks for bytes that are not there; "
                + $"Content-Range says how many there are ({context.Response.Headers.ContentRange}).";
        if (kind == ProblemKinds.PreconditionFailed)
            return $"What is at {path} is not what If-Match asks for; its tag is {context.Response.Headers.ETag}.";
        return $"{method} {path} was refused: {kind.Title}.";
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed (trace {TraceId})")]
    private partial void LogUnhandled(Exception exception, string method, string path, string traceId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Method} {Path} was cut off: {Code}: {Detail} (trace {TraceId})")]
    private partial void LogCutOff(string code, string detail, string method, string path, string traceId);
}
