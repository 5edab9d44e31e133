using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Workers.Api.Engines;
using Workers.Api.Problems;
using Workers.Api.Security;
using Workers.Contracts;
using Workers.Jobs.Nodes;

namespace Workers.Api.Nodes;

/// <summary>The machines.</summary>
internal static class NodeRoutes
{
    /// <summary>Maps them.</summary>
    public static void MapNodes(this IEndpointRouteBuilder routes)
    {
        var nodes = routes.MapGroup("/v1/nodes").WithTags("Nodes");
        nodes.MapGet("", ListAsync).Needs(Role.Read).WithSummary("Every node that reported within a day")
            .Produces<NodeListDocument>().Fails(ProblemKinds.RedisUnavailable);
        nodes.MapPost(
                "/{id}/drain",
                (HttpContext context, string id, EngineCatalog catalog, Desires desires) => SetAsync(context, id, "drain", catalog, desires))
            .Needs(Role.Admin).WithSummary("Let a node finish what it runs and take nothing new")
            .Produces<DesiredDocument>(202).Fails(ProblemKinds.NodeNotFound, ProblemKinds.RedisUnavailable);
        nodes.MapPost(
                "/{id}/resume",
                (HttpContext context, string id, EngineCatalog catalog, Desires desires) => SetAsync(context, id, null, catalog, desires))
            .Needs(Role.Admin).WithSummary("Let a drained node work again")
            .Produces<DesiredDocument>(202).Fails(ProblemKinds.NodeNotFound, ProblemKinds.RedisUnavailable);
    }

    private static async Task<IResult> ListAsync(HttpContext context, EngineCatalog catalog)
    {
        var view = await catalog.GetAsync(context.RequestAborted);
        return TypedResults.Json(
            new NodeListDocument([.. view.Nodes.Select(node => Document(node, view.Desired.GetValueOrDefault($"node:{node.Id}")))]),
            WireJson.Readable.NodeListDocument);
    }

    private static async Task<IResult> SetAsync(HttpContext context, string id, string? desired, EngineCatalog catalog, Desires desires)
    {
        var view = await catalog.GetAsync(context.RequestAborted);
        if (!view.Nodes.Any(node => node.Id == id))
            throw new Problem(ProblemKinds.NodeNotFound, $"There is no node '{id}'; GET /v1/nodes lists them.").AsException();
        return await desires.SetAsync($"node:{id}", desired, context.RequestAborted);
    }

    private static NodeDocument Document(NodeReport node, string? desired) => new()
    {
        Id = node.Id,
        State = node.State,
        Desired = desired,
        Host = node.Host,
        Pid = node.Pid,
        Version = node.Version,
        Labels = node.Labels,
        StartedAt = node.StartedAt,
        SeenAt = node.SeenAt,
        ResidentBytes = node.ResidentBytes,
        HeapBytes = node.HeapBytes,
        Workers = [.. node.Workers.Select(worker => worker.Id)],
        Engines = [.. node.Engines.Select(engine => new NodeEngineDocument
        {
            Name = engine.Name,
            Available = engine.Available,
            Reason = engine.Reason,
            FailuresInARow = engine.FailuresInARow,
            HeldBackUntil = engine.HeldBackUntil,
        })],
    };
}
