using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Workers.Api.Calls;
using Workers.Api.OpenApi;
using Workers.Api.Problems;
using Workers.Api.Security;
using Workers.Contracts;

namespace Workers.Api.Templates;

/// <summary>Routes under <c>/v1/templates</c>.</summary>
internal static class TemplateRoutes
{
    private static readonly ProblemKind[] RenderProblems =
    [
        .. CallRoutes.CallProblems, ProblemKinds.TemplateNotFound, ProblemKinds.TemplateOutdated, ProblemKinds.TemplateVersionGone,
        ProblemKinds.TemplateFileGone,
    ];

    /// <summary>Maps them.</summary>
    public static void MapTemplates(this IEndpointRouteBuilder routes)
    {
        var templates = routes.MapGroup("/v1/templates").WithTags("Templates");
        MapKeeping(templates);
        MapReads(templates);
        MapWarmth(templates);
        MapRenders(templates);
    }

    private static void MapKeeping(RouteGroupBuilder templates)
    {
        templates.MapPut(
                "/{name}", (HttpContext context, string name, bool? dryRun, TemplateHandlers handlers) => handlers.PutAsync(context, name, dryRun ?? false))
            .Needs(Role.Admin).WithSummary("Store a template, or a new version of it")
            .WithDescription("201, a new version 200; the same definition again stores nothing. If-Match: \"TAG\" (of GET or PUT) only where nobody has "
                + "changed it since, else 412; If-None-Match: * only where there is none. ?dryRun=true checks everything and stores nothing. The call is "
                + "checked with every default, and with each option and limit of every parameter. Names: [a-z0-9][a-z0-9_-]{0,63}. 20 versions are kept.")
            .TakesHeaders("If-Match", "If-None-Match").Takes<TemplateDefinition>("application/json").Produces<TemplateDocument>(201).Produces<TemplateDocument>()
            .Fails(ProblemKinds.MalformedRequest, ProblemKinds.TooLarge, ProblemKinds.UnsupportedMediaType, ProblemKinds.InvalidInput,
                ProblemKinds.UnknownAsset, ProblemKinds.PreconditionFailed, ProblemKinds.TooManyTemplates, ProblemKinds.EngineNotFound,
                ProblemKinds.FunctionNotFound, ProblemKinds.EngineUnavailable, ProblemKinds.RedisUnavailable);
        templates.MapDelete("/{name}", (HttpContext context, string name, TemplateHandlers handlers) => handlers.DeleteAsync(context, name, null))
            .Needs(Role.Admin).WithSummary("Forget a template with all its versions")
            .WithDescription("A template of that name stored within a year goes on counting, so that no URL with a version ever means two pictures.")
            .TakesHeaders("If-Match").Produces(204)
            .Fails(ProblemKinds.MalformedRequest, ProblemKinds.TemplateNotFound, ProblemKinds.PreconditionFailed, ProblemKinds.RedisUnavailable);
        templates.MapDelete(
                "/{name}/versions/{version:int}",
                (HttpContext context, string name, int version, TemplateHandlers handlers) => handlers.DeleteAsync(context, name, version))
            .Needs(Role.Admin).WithSummary("Forget an older version of a template")
            .TakesHeaders("If-Match").Produces(204)
            .Fails(ProblemKinds.MalformedRequest, ProblemKinds.TemplateNotFound, ProblemKinds.TemplateVersionNewest, ProblemKinds.PreconditionFailed,
                ProblemKinds.RedisUnavailable);
    }

    private static void MapReads(RouteGroupBuilder templates)
    {
        templates.MapGet(
                "", (HttpContext context, int? pageSize, string? pageToken, TemplateHandlers handlers) => handlers.ListAsync(context, pageSize, pageToken))
            .Needs(Role.Read).WithSummary("List templates by name").Produces<TemplateListDocument>()
            .Fails(ProblemKinds.MalformedRequest, ProblemKinds.RedisUnavailable);
        templates.MapGet("/{name}", (HttpContext context, string name, int? version, TemplateHandlers handlers) => handlers.GetAsync(context, name, version))
            .Needs(Role.Read).WithSummary("A template: its newest version, or ?version=").Produces<TemplateDocument>().Produces(304)
            .Fails(ProblemKinds.MalformedRequest, ProblemKinds.TemplateNotFound, ProblemKinds.TemplateVersionGone, ProblemKinds.RedisUnavailable);
        templates.MapGet("/{name}/versions", (HttpContext context, string name, TemplateHandlers handlers) => handlers.VersionsAsync(context, name))
            .Needs(Role.Read).WithSummary("The versions of a template that are kept, newest first").Produces<TemplateVersionsDocument>()
            .Fails(ProblemKinds.TemplateNotFound, ProblemKinds.RedisUnavailable);
    }

    private static void MapWarmth(RouteGroupBuilder templates) =>
        templates.MapGet("/{name}/warm", (HttpContext context, string name, TemplateHandlers handlers) => handlers.WarmAsync(context, name))
            .Needs(Role.Read).WithSummary("On which workers the template's file is kept open, and why not")
            .WithDescription("A template with \"warm\": K has the file of its input open on K workers: idle ones open it, one after the other, and a worker that was "
                + "recycled or broke gets it again.")
            .Produces<TemplateWarmDocument>().Fails(ProblemKinds.TemplateNotFound, ProblemKinds.RedisUnavailable);

    private static void MapRenders(RouteGroupBuilder templates)
    {
        const string Waiting = "Waits and answers as POST /v1/render does. A parameter that the template does not have, or a value that it does not take, is 422.";
        templates.MapPost(
                "/{name}",
                (HttpContext context, string name, int? version, string? wait, TemplateCallHandlers calls) => calls.PostAsync(context, name, version))
            .Needs(Role.Submit).WithSummary("Render a template")
            .WithDescription("The body is the parameters as a JSON object; Accept chooses the format. " + Waiting)
            .Takes<Dictionary<string, System.Text.Json.Nodes.JsonNode>>("application/json")
            .Produces(200, contentType: "image/png").Produces<JobDocument>(202).Fails(RenderProblems);
        templates.MapGet(
                "/{name}.{extension}",
                (HttpContext context, string name, string extension, int? version, string? wait, TemplateCallHandlers calls) =>
                    calls.GetAsync(context, name, extension, version))
            .Needs(Role.Submit).WithSummary("Render a template, as a link")
            .WithDescription("Parameters are in the query (?fabric=red), the extension is the format (.png, .jpg, .webp; .json where the function has no "
                + "picture). " + Waiting)
            .AnswersBytes("image/png").Produces<JobDocument>(202).Fails(RenderProblems);
        templates.MapPost(
                "/{name}/prerender",
                (HttpContext context, string name, bool? dryRun, PrerenderHandlers handlers) => handlers.SubmitAsync(context, name, dryRun ?? false))
            .Needs(Role.Submit).WithSummary("Make the pictures of many options ahead of their first request")
            .WithDescription("At most 1,000 combinations, as jobs of a low priority with one tag: GET /v1/jobs?tag= shows them, POST /v1/jobs:cancel?tag= ends "
                + "them. ?dryRun=true counts and estimates.")
            .Takes<PrerenderRequest>("application/json").Produces<PrerenderDocument>(202).Produces<PrerenderDocument>()
            .Fails(ProblemKinds.MalformedRequest, ProblemKinds.TooLarge, ProblemKinds.UnsupportedMediaType, ProblemKinds.InvalidInput,
                ProblemKinds.NotAcceptable, ProblemKinds.TemplateNotFound, ProblemKinds.TemplateOutdated, ProblemKinds.TemplateVersionGone,
                ProblemKinds.EngineUnavailable, ProblemKinds.RedisUnavailable);
    }
}
