using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Workers.Api.Calls;
using Workers.Api.Engines;
using Workers.Api.Fetching;
using Workers.Api.Jobs;
using Workers.Api.Problems;
using Workers.Api.Schemas;
using Workers.Jobs;

namespace Workers.Api.Templates;

/// <summary>Makes calls of templates, and says what is wrong with them in the words of the template's parameters.</summary>
internal sealed class TemplatePreparer(EngineCatalog catalog, JobPreparer preparer)
{
    /// <summary>The engine and the function of a template.</summary>
    /// <exception cref="ProblemException">503: not available; 409: the engine has no such function any more.</exception>
    public async ValueTask<(EngineView Engine, FunctionView Function)> FunctionAsync(Template template, CancellationToken cancellation)
    {
        var engine = (await catalog.LastKnownAsync(cancellation)).Find(template.Engine!)
            ?? throw Outdated($"There is no engine '{template.Engine}' any more.");
        var function = JobPreparer.FindFunction(engine, template.Function)
            ?? throw Outdated($"Engine '{engine.Name}' has no function '{template.Function}' any more.");
        return (engine, function);
    }

    /// <summary>The call, checked.</summary>
    /// <param name="context">The request: its wishes and its trace.</param>
    /// <param name="loaded">The template.</param>
    /// <param name="view">Its engine and function.</param>
    /// <param name="input">Of the template's arguments.</param>
    /// <exception cref="ProblemException">422 with the parameters that are wrong; 409 and 410 where the template is.</exception>
    public async ValueTask<PreparedJob> PrepareAsync(
        HttpContext context, LoadedTemplate loaded, (EngineView Engine, FunctionView Function) view, JsonObject input)
    {
        var template = loaded.Template;
        var specification = CallHandlers.Specification(context.Request, view.Engine, template.Function, input);
        specification = specification with { TimeoutSeconds = specification.TimeoutSeconds ?? template.TimeoutSeconds };
        if (template.Limits.Faults(input).ToList() is { Count: > 0 } faults)
            throw Translate(loaded, EnvelopeReader.Wrong(faults).Problem);
        try
        {
            return await preparer.PrepareAsync(context, specification, view.Engine, view.Function, root: "");
        }
        catch (ProblemException wrong)
        {
            throw Translate(loaded, wrong.Problem);
        }
    }

    /// <summary>What is wrong with a call of a template: of the caller's parameters, of a file of the template, or of the template itself.</summary>
    public static ProblemException Translate(LoadedTemplate loaded, Problem problem)
    {
        if (problem.Kind != ProblemKinds.InvalidInput && problem.Kind != ProblemKinds.UnknownAsset)
            return problem.AsException();
        var places = problem.Errors ?? [];
        var owned = places.Select(error => (Parameter: loaded.Template.Driving(error.Pointer), Error: error)).ToList();
        if (owned.Exists(place => place.Parameter is not null))
        {
            return (problem with
            {
                Detail = string.Join(' ', owned.Select(place => $"{place.Parameter?.Name ?? place.Error.Pointer}: {place.Error.Detail}")),
                Errors = [.. owned.Select(place => place.Error with { Pointer = place.Parameter is { } by ? "/" + by.Name : place.Error.Pointer })],
            }).AsException();
        }

        var name = string.Create(CultureInfo.InvariantCulture, $"{loaded.Stored.Name}@{loaded.Stored.Number}");
        var file = places.Select(error => JsonPointer.TextAt(loaded.Template.Input, error.Pointer)).FirstOrDefault(IsFile);
        if (file is not null || problem.Kind == ProblemKinds.UnknownAsset)
        {
            return new Problem(
                ProblemKinds.TemplateFileGone,
                $"Template {name} needs {file ?? "a file"}, which is not there any more: {problem.Detail} Store it again, or the template without it.")
            {
                JobId = problem.JobId,
            }.AsException();
        }

        // Without a place it is the whole call that the engine did not like.
        return places.Count == 0 ? problem.AsException() : Outdated($"Template {name} does not fit its function any more: {problem.Detail}");
    }

    private static ProblemException Outdated(string detail) =>
        new Problem(ProblemKinds.TemplateOutdated, detail + " PUT a new version of the template.").AsException();

    private static bool IsFile(string? text) => text is not null
        && (text.StartsWith(AssetId.Prefix, StringComparison.Ordinal) || text.StartsWith(Assets.RootFiles.Prefix, StringComparison.Ordinal)
            || FetchRules.IsUrl(text));
}
