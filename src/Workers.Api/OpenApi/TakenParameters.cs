using Microsoft.AspNetCore.Builder;
using Microsoft.OpenApi;

namespace Workers.Api.OpenApi;

/// <summary>Parameters that a route's handler reads from the request by itself, for the OpenAPI document.</summary>
internal sealed record TakenParameters(ParameterLocation In, IReadOnlyList<string> Names);

/// <summary>Names them where the route is mapped; what they mean stands in <see cref="ParameterWords"/>.</summary>
internal static class TakenParametersExtensions
{
    /// <summary>Describes parameters of the query.</summary>
    public static RouteHandlerBuilder TakesQuery(this RouteHandlerBuilder builder, params string[] names) =>
        builder.WithMetadata(new TakenParameters(ParameterLocation.Query, names));

    /// <summary>Describes headers.</summary>
    public static RouteHandlerBuilder TakesHeaders(this RouteHandlerBuilder builder, params string[] names) =>
        builder.WithMetadata(new TakenParameters(ParameterLocation.Header, names));
}
