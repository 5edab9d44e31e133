using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Workers.Api.Problems;

namespace Workers.Api.OpenApi;

/// <summary>Describes routes that answer stored bytes, with all that HTTP has for them.</summary>
internal static class ByteAnswer
{
    /// <summary>200 with ETag; also 206, 304, 412 and 416, and 503 where the bytes cannot be had just now.</summary>
    public static RouteHandlerBuilder AnswersBytes(this RouteHandlerBuilder builder, string mediaType) => builder
        .TakesHeaders("Range", "If-None-Match", "If-Match")
        .Produces(StatusCodes.Status200OK, contentType: mediaType)
        .Produces(StatusCodes.Status206PartialContent, contentType: mediaType)
        .Produces(StatusCodes.Status304NotModified)
        .Fails(ProblemKinds.PreconditionFailed, ProblemKinds.RangeNotSatisfiable, ProblemKinds.RedisUnavailable, ProblemKinds.StoreUnavailable);
}
