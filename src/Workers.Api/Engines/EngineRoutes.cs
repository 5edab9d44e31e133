using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Workers.Api.Nodes;
using Workers.Api.Problems;
using Workers.Api.Security;
using Workers.Contracts;
using Workers.Jobs.Text;

namespace Workers.Api.Engines;

/// <summary>What there is to call.</summary>
internal static class EngineRoutes
{
    /// <summary>Maps them.</summary>
    public static void MapEngines(this IEndpointRouteBuilder routes)
    {
        var engines = routes.MapGroup("/v1/engines").WithTags("Engines");
        engines.MapGet("", ListAsync).Needs(Role.Read).WithSummary("Every engine: version, facts, functions with their JSON Schemas")
            .Produces<EngineListDocument>().Fails(ProblemKinds.RedisUnavailable);
        engines.MapGet("/{name}", GetAsync).Needs(Role.Read).WithSummary("An engine")
            .Produces<EngineDocument>().Fails(ProblemKinds.EngineNotFound, ProblemKinds.RedisUnavailable);
        engines.MapPost(
                "/{name}/pause",
                (HttpContext context, string name, EngineCatalog catalog, Desires desires) => SetAsync(context, name, "pause", catalog, desires))
            .Needs(Role.Admin).WithSummary("Stop starting jobs of an engine; jobs are taken and wait")
            .Produces<DesiredDocument>(202).Fails(ProblemKinds.EngineNotFound, ProblemKinds.RedisUnavailable);
        engines.MapPost(
                "/{name}/resume",
                (HttpContext context, string name, EngineCatalog catalog, Desires desires) => SetAsync(context, name, null, catalog, desires))
            .Needs(Role.Admin).WithSummary("Go on with a paused engine")
            .Produces<DesiredDocument>(202).Fails(ProblemKinds.EngineNotFound, ProblemKinds.RedisUnavailable);
    }

    private static async Task<IResult> ListAsync(HttpContext context, EngineCatalog catalog)
    {
        var view = await catalog.GetAsync(context.RequestAborted);
        return TypedResults.Json(new EngineListDocument([.. view.Engines.Select(Document)]), WireJson.Readable.EngineListDocument);
    }

    private static async Task<IResult> GetAsync(HttpContext context, string name, EngineCatalog catalog) =>
        TypedResults.Json(Document(await FindAsync(context, name, catalog)), WireJson.Readable.EngineDocument);

    private static async Task<IResult> SetAsync(HttpContext context, string name, string? desired, EngineCatalog catalog, Desires desires)
    {
        await FindAsync(context, name, catalog);
        return await desires.SetAsync($"engine:{name}", desired, context.RequestAborted);
    }

    private static async Task<EngineView> FindAsync(HttpContext context, string name, EngineCatalog catalog)
    {
        var view = await catalog.GetAsync(context.RequestAborted);
        return view.Find(name) ?? throw new Problem(
            ProblemKinds.EngineNotFound, $"There is no engine '{name}'.{NearestName.Hint(name, view.Engines.Select(engine => engine.Name))}")
            .AsException();
    }

    private static EngineDocument Document(EngineView engine) => new()
    {
        Name = engine.Name,
        Available = engine.Available,
        Reason = engine.Reason,
        Paused = engine.Paused,
        Version = engine.Version,
        Facts = engine.Facts?.DeepClone(),
        Source = engine.Source,
        Build = engine.Build,
        Workers = engine.Workers,
        Functions = [.. engine.Functions.Values.Select(function => Document(engine.Name, function))],
    };

    private static FunctionDocument Document(string engine, FunctionView function)
    {
        var report = function.Report;
        return new FunctionDocument(
            report.Name, report.Description, report.Input.DeepClone(), report.FileTypes, report.Picture, report.Cacheable, report.Async,
            $"/v1/engines/{engine}/functions/{report.Name}");
    }
}
