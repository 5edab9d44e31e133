using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Workers.Api.Calls;
using Workers.Api.Http;
using Workers.Api.Jobs;
using Workers.Api.Problems;
using Workers.Contracts;

namespace Workers.Api.Templates;

/// <summary>Renders templates: binds the caller's parameters and has the call run like any other that waits.</summary>
internal sealed class TemplateCallHandlers(TemplateLibrary library, TemplatePreparer preparer, CallRunner runner)
{
    private static readonly HashSet<string> Wishes = ["version", "wait", "priority", "timeoutSeconds", "tag", "supersedes"];

    /// <summary>Parameters as JSON or in the query; Accept chooses the format.</summary>
    public async Task<IResult> PostAsync(HttpContext context, string name, int? version)
    {
        var request = context.Request;
        var loaded = await library.GetAsync(name, version, context.RequestAborted);
        var body = request.ContentLength is null or 0 && request.ContentType is null ? [] : await JsonBody.ReadObjectAsync(request, context.RequestAborted);
        var given = body.Select(member => (member.Key, (object?)member.Value)).Concat(Query(request));
        var input = Read(loaded, given).ToInput();
        var view = await preparer.FunctionAsync(loaded.Template, context.RequestAborted);
        var wantsJob = PictureFormats.Agree(request, view.Engine, view.Function, input);
        return await RunAsync(context, loaded, view, input, wantsJob);
    }

    /// <summary>Parameters in the query; the extension is the format.</summary>
    public async Task<IResult> GetAsync(HttpContext context, string name, string extension, int? version)
    {
        var loaded = await library.GetAsync(name, version, context.RequestAborted);
        var mediaType = PictureFormats.OfExtension(extension)
            ?? throw new Problem(ProblemKinds.NotAcceptable, $"'.{extension}' is no format; e.g. .png, .jpg or .webp is.").AsException();
        var input = Read(loaded, Query(context.Request)).ToInput();
        var view = await preparer.FunctionAsync(loaded.Template, context.RequestAborted);
        PictureFormats.Set(view.Engine, view.Function, input, mediaType);
        return await RunAsync(context, loaded, view, input, wantsJob: false);
    }

    private static TemplateArguments Read(LoadedTemplate loaded, IEnumerable<(string Name, object? Value)> given)
    {
        List<ProblemError> errors = [];
        var arguments = TemplateArguments.Read(loaded.Template, given, errors);
        return errors.Count == 0 ? arguments : throw EnvelopeReader.Wrong(errors);
    }

    private static IEnumerable<(string Name, object? Value)> Query(HttpRequest request) =>
        from pair in request.Query
        where !Wishes.Contains(pair.Key)
        from text in pair.Value
        select (pair.Key, (object?)text);

    private async Task<IResult> RunAsync(
        HttpContext context, LoadedTemplate loaded, (Engines.EngineView Engine, Engines.FunctionView Function) view, JsonObject input, bool wantsJob)
    {
        var prepared = await preparer.PrepareAsync(context, loaded, view, input);
        try
        {
            return await runner.RunAsync(context, prepared, wantsJob);
        }
        catch (ProblemException wrong)
        {
            throw TemplatePreparer.Translate(loaded, wrong.Problem);
        }
    }
}
