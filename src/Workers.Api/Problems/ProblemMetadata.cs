using Microsoft.AspNetCore.Builder;

namespace Workers.Api.Problems;

/// <summary>Which kinds of problem a route may answer, for the OpenAPI document.</summary>
internal sealed record ProblemMetadata(IReadOnlyList<ProblemKind> Kinds);

/// <summary>Names a route's problems where the route is mapped.</summary>
internal static class ProblemMetadataExtensions
{
    /// <summary>Adds the kinds of problem the route may answer.</summary>
    public static TBuilder Fails<TBuilder>(this TBuilder builder, params ProblemKind[] kinds)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new ProblemMetadata(kinds));
}
