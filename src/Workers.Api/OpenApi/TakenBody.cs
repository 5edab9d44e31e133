using Microsoft.AspNetCore.Builder;

namespace Workers.Api.OpenApi;

/// <summary>What a route's body may be, for the OpenAPI document. <see cref="Stream"/>: bytes.</summary>
internal sealed record TakenBody(Type Type, IReadOnlyList<string> MediaTypes);

/// <summary>Names a route's body where the route is mapped.</summary>
internal static class TakenBodyExtensions
{
    /// <summary>
    /// Describes the body. Not the framework's <c>Accepts</c>, which also refuses other types by itself, before the handler can say what to do.
    /// </summary>
    public static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder builder, params string[] mediaTypes) =>
        builder.WithMetadata(new TakenBody(typeof(T), mediaTypes));
}
