using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Workers.Api.Engines;
using Workers.Api.Nodes;
using Workers.Api.Problems;
using Workers.Api.Security;
using Workers.Contracts;
using Workers.Jobs.Nodes;

namespace Workers.Api.Workers;

/// <summary>The engine processes.</summary>
internal static class WorkerRoutes
{
    /// <summary>Maps them.</summary>
    public static void MapWorkers(this IEndpointRouteBuilder routes)
    {
        var workers = routes.MapGroup("/v1/workers").WithTags("Workers");
        workers.MapGet("", ListAsync).Needs(Role.Read).WithSummary("Every worker of every live node")
            .Produces<WorkerListDocument>().Fails(ProblemKinds.RedisUnavailable);
        workers.MapGet("/{id}", GetAsync).Needs(Role.Read).WithSummary("A worker")
            .Produces<WorkerDocument>().Fails(ProblemKinds.WorkerNotFound, ProblemKinds.RedisUnavailable);
        workers.MapPost("/{id}/recycle", RecycleAsync).Needs(Role.Admin).WithSummary("Replace a worker's process after its current job")
            .Produces<DesiredDocument>(202).Fails(ProblemKinds.WorkerNotFound, ProblemKinds.RedisUnavailable);
    }

    private static async Task<IResult> ListAsync(HttpContext context, EngineCatalog catalog)
    {
        var view = await catalog.GetAsync(context.RequestAborted);
        return TypedResults.Json(new WorkerListDocument([.. view.Workers.Select(Document)]), WireJson.Readable.WorkerListDocument);
    }

    private static async Task<IResult> GetAsync(HttpContext context, string id, EngineCatalog catalog) =>
        TypedResults.Json(Document(await FindAsync(context, id, catalog)), WireJson.Readable.WorkerDocument);

    private static async Task<IResult> RecycleAsync(HttpContext context, string id, EngineCatalog catalog, Desires desires)
    {
        var worker = await FindAsync(context, id, catalog);
        return await desires.SetAsync($"worker:{worker.Id}", "recycle", context.RequestAborted);
    }

    private static async Task<WorkerReport> FindAsync(HttpContext context, string id, EngineCatalog catalog)
    {
        var view = await catalog.GetAsync(context.RequestAborted);
        return view.Workers.FirstOrDefault(worker => Address(worker) == id || worker.Id == id)
            ?? throw new Problem(ProblemKinds.WorkerNotFound, $"There is no worker '{id}'; GET /v1/workers lists them.").AsException();
    }

    // A slash would end the path's segment.
    private static string Address(WorkerReport worker) => worker.Id.Replace('/', '.');

    private static WorkerDocument Document(WorkerReport worker) => new()
    {
        Id = Address(worker),
        Node = worker.Node,
        Engine = worker.Engine,
        State = worker.State,
        Pid = worker.Pid,
        OpenFile = worker.OpenFile,
        Job = worker.Jobs is [var oldest, ..] ? oldest : null,
        Jobs = worker.Jobs,
        Calls = worker.Calls,
        Restarts = worker.Restarts,
        ResidentBytes = worker.ResidentBytes,
        ReadyAt = worker.ReadyAt,
        LastFailure = worker.LastFailure,
        Loop = worker.Loop?.DeepClone(),
    };
}
