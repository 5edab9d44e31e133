using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Workers.Api.Engines;
using Workers.Api.Http;
using Workers.Api.Jobs;
using Workers.Api.Jobs.Bulk;
using Workers.Api.Problems;
using Workers.Contracts;
using Workers.Jobs.Text;

namespace Workers.Api.Calls;

/// <summary>
/// POST /v1/preview:batch and /v1/inspect:batch: one call for each of many files, at low priority. Sent again it makes nothing twice, and tells how
/// far it is.
/// </summary>
internal sealed class CallBatchHandlers(EngineCatalog catalog, FunctionSelector selector, JobPreparer preparer, ContentSubmitter submitter)
{
    /// <summary>What is submitted in bulk lets calls that somebody waits for go first.</summary>
    public const int LowPriority = 10;

    private const string FilesProperty = "files";
    private const string OptionsProperty = "options";

    /// <summary>Submits them: 207 with a status each.</summary>
    public async Task<IResult> SubmitAsync(HttpContext context, string function, string? engine)
    {
        var candidates = FunctionSelector.Candidates(await catalog.GetAsync(context.RequestAborted), function, engine);
        var query = CallBodyReader.Options(context.Request);
        return await BatchPipeline.RunAsync(
            context, Items(context), (number, item) => SubmitAsync(context, candidates, function, query, number, item()),
            "There is no file; send {\"files\": [\"sha256:…\", …]}, or a file a line as application/x-ndjson.");
    }

    // A file's name, or an input with it: as a line each, or as a list with options for all.
    private static async IAsyncEnumerable<(int Number, Func<JsonNode?> Item)> Items(HttpContext context)
    {
        if (!JsonBody.IsJson(context.Request))
        {
            await foreach (var (number, line) in BatchHandlers.Lines(context))
                yield return (number, () => line.Span.StartsWith("\""u8) ? Text(line) : JsonBody.Parse(line));
            yield break;
        }

        var body = await JsonBody.ReadObjectAsync(context.Request, context.RequestAborted);
        var (files, options) = Members(body);
        for (var number = 0; number < files.Count; number++)
        {
            var file = files[number];
            yield return (number, () => WithOptions(file, options));
        }
    }

    private static JsonNode? Text(ReadOnlyMemory<byte> line)
    {
        try
        {
            return StrictJson.Parse(line.Span);
        }
        catch (JsonException error)
        {
            throw new Problem(ProblemKinds.MalformedRequest, $"A line is no JSON: {error.Message}").AsException(error);
        }
    }

    private static (JsonArray Files, JsonObject? Options) Members(JsonObject body)
    {
        var errors = body.Where(member => member.Key is not (FilesProperty or OptionsProperty))
            .Select(member => new ProblemError(JsonPointerOf(member.Key), "Is not known here; there are files and options (and what the query may hold)."))
            .ToList();
        if (body[FilesProperty] is not JsonArray { Count: > 0 and <= BatchHandlers.MostLines })
            errors.Add(new ProblemError("/files", $"Must be a list of 1 to {BatchHandlers.MostLines} files: names, or inputs with one."));
        if (body[OptionsProperty] is not (null or JsonObject))
            errors.Add(new ProblemError("/options", "Must be an object: the input that all files share."));
        return errors.Count == 0 ? (body[FilesProperty]!.AsArray(), body[OptionsProperty]?.AsObject()) : throw EnvelopeReader.Wrong(errors);
    }

    private static string JsonPointerOf(string name) => Schemas.JsonPointer.Child("", name);

    private static JsonNode? WithOptions(JsonNode? item, JsonObject? options)
    {
        if (options is null || Input(item) is not { } own)
            return item?.DeepClone();
        foreach (var (name, value) in options)
            own.TryAdd(name, value?.DeepClone());
        return own;
    }

    private static JsonObject? Input(JsonNode? item) => item switch
    {
        JsonObject given => given.DeepClone().AsObject(),
        JsonValue value when value.TryGetValue<string>(out var file) => new JsonObject { [CallBody.FileProperty] = file },
        _ => null,
    };

    private async Task<BatchResult> SubmitAsync(
        HttpContext context, IReadOnlyList<EngineView> candidates, string function, IReadOnlyDictionary<string, List<string>> query, int number,
        JsonNode? item)
    {
        var json = Input(item) ?? throw EnvelopeReader.Wrong([new ProblemError("", "Must be a file's name, or an input (an object) with one.")]);
        var fields = query.Where(option => !json.ContainsKey(option.Key)).ToDictionary();
        var body = new CallBody { Json = json, Fields = fields };
        var engine = await selector.ChooseAsync(candidates, function, body, context.RequestAborted);
        var view = engine.Functions[function];
        var specification = CallHandlers.Specification(context.Request, engine, function, body.ToInput(view));
        if (!context.Request.Query.ContainsKey("priority"))
            specification = specification with { Priority = LowPriority };
        var prepared = await preparer.PrepareAsync(context, specification, engine, view, root: "");
        return await submitter.SubmitAsync(context, prepared, number);
    }
}
