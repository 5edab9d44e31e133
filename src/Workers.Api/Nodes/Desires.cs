using Microsoft.AspNetCore.Http;
using Workers.Api.Engines;
using Workers.Contracts;
using Workers.Jobs.Nodes;

namespace Workers.Api.Nodes;

/// <summary>Writes down what an operator wants; the nodes read it.</summary>
internal sealed class Desires(NodeRegistry registry, EngineCatalog catalog)
{
    /// <summary>Wants it; null takes a former wish back. Harmless to repeat.</summary>
    public async Task<IResult> SetAsync(string subject, string? desired, CancellationToken cancellation)
    {
        await registry.SetDesiredAsync(subject, desired, cancellation);
        // So that the next look at this API shows it.
        await catalog.RefreshAsync(cancellation);
        return TypedResults.Json(new DesiredDocument(subject, desired), WireJson.Readable.DesiredDocument, statusCode: StatusCodes.Status202Accepted);
    }
}
