using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Workers.Contracts;

namespace Workers.Api.Problems;

/// <summary>Which kinds of problem a route may answer, for the OpenAPI document.</summary>
internal sealed record ProblemMetadata(IReadOnlyList<ProblemKind> Kinds);

/// <summary>Names a route's problems where the route is mapped.</summary>
internal static class ProblemMetadataExtensions
{
    /// <summary>Adds the kinds of problem the route may answer.</summary>
    public static TBuilder Fails<TBuilder>(this TBuilder builder, params ProblemKind[] kinds)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.Add(endpoint =>
        {
            endpoint.Metadata.Add(new ProblemMetadata(kinds));
            foreach (var status in kinds.Select(kind => kind.Status).Distinct())
                endpoint.Metadata.Add(new ProducesResponseTypeMetadata(status, typeof(ProblemDocument), [ProblemWriter.MediaType]));
        });
        return builder;
    }
}
