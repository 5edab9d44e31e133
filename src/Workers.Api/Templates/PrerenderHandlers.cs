using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Workers.Api.Caching;
using Workers.Api.Calls;
using Workers.Api.Engines;
using Workers.Api.Http;
using Workers.Api.Jobs;
using Workers.Api.Problems;
using Workers.Api.Schemas;
using Workers.Api.Status;
using Workers.Contracts;
using Workers.Jobs;

namespace Workers.Api.Templates;

/// <summary>Makes the pictures of a matrix of options ahead of their first request, behind everything else.</summary>
internal sealed class PrerenderHandlers(TemplateLibrary library, TemplatePreparer preparer, RenderCache cache, CachedSubmitter submitter, QueueView queues)
{
    /// <summary>Most combinations of one request.</summary>
    public const int MostPictures = 1_000;

    private const int AtOnce = 64;
    private const int MostProblems = 20;
    private const int MostPriority = Priorities.Normal - 1;

    /// <summary>Submits a job for each combination: 202; a dry run counts and estimates: 200.</summary>
    public async Task<IResult> SubmitAsync(HttpContext context, string name, bool dryRun)
    {
        var body = await JsonBody.ReadObjectAsync(context.Request, context.RequestAborted);
        var fields = new FieldReader(body, ["options", "version", "format", "priority"]);
        var (options, version) = (fields.Object("options") ?? [], fields.Integer("version", 1, int.MaxValue));
        var (format, priority) = (fields.Text("format", 10), fields.Integer("priority", 0, MostPriority) ?? 0);
        if (fields.Errors.Count > 0)
            throw EnvelopeReader.Wrong(fields.Errors);
        var loaded = await library.GetAsync(name, version, context.RequestAborted);
        var view = await preparer.FunctionAsync(loaded.Template, context.RequestAborted);
        var matrix = Matrix(loaded.Template, options);
        var mediaType = format is null ? PictureFormats.Offered(view.Engine, view.Function, loaded.Template.Input)[0]
            : PictureFormats.OfExtension(format) ?? throw EnvelopeReader.Wrong([new ProblemError("/format", "Is no format; e.g. png, jpeg or webp is.")]);

        var tag = dryRun ? null : $"prerender-{Guid.CreateVersion7():N}";
        var batch = new Batch(context, loaded, view, mediaType, priority, tag);
        await RunAsync(batch, matrix);
        context.Response.Headers.CacheControl = "no-store";
        var document = new PrerenderDocument(
            dryRun, name, loaded.Stored.Number, matrix.Count, batch.Submitted, tag, await EstimateAsync(view.Engine, matrix.Count, dryRun, context.RequestAborted),
            tag is null ? null : $"/v1/jobs?tag={tag}", batch.Problems);
        return TypedResults.Json(
            document, WireJson.Readable.PrerenderDocument, statusCode: dryRun ? StatusCodes.Status200OK : StatusCodes.Status202Accepted);
    }

    private static List<TemplateArguments> Matrix(Template template, JsonObject options)
    {
        List<ProblemError> errors = [];
        List<(TemplateParameter Parameter, List<ParameterValue> Values)> axes = [];
        foreach (var (name, written) in options)
        {
            var pointer = JsonPointer.Child("/options", name);
            if (template.Parameters.FirstOrDefault(parameter => parameter.Name == name) is not { } parameter)
                errors.Add(new ProblemError(pointer, $"There is no parameter '{name}'; there are {string.Join(", ", template.Parameters.Select(known => known.Name))}."));
            else
                axes.Add((parameter, Values(parameter, written, pointer, errors)));
        }

        foreach (var parameter in template.Parameters.Where(parameter => parameter.Default is null && !options.ContainsKey(parameter.Name)))
            errors.Add(new ProblemError(JsonPointer.Child("/options", parameter.Name), "Is required: it has no default."));
        var count = axes.Aggregate(1L, (product, axis) => Math.Min(long.MaxValue / MostPictures, product * axis.Values.Count));
        if (count > MostPictures)
            errors.Add(new ProblemError("/options", $"Make {count} pictures; at most {MostPictures} may be asked for at once."));
        if (errors.Count > 0)
            throw EnvelopeReader.Wrong(errors);
        IEnumerable<IEnumerable<(TemplateParameter, ParameterValue)>> rows = [[]];
        foreach (var (parameter, values) in axes)
            rows = rows.SelectMany(row => values.Select(value => row.Append((parameter, value)))).ToList();
        return [.. rows.Select(row => TemplateArguments.Of(template, row))];
    }

    private static List<ParameterValue> Values(TemplateParameter parameter, JsonNode? written, string pointer, List<ProblemError> errors)
    {
        if (written is JsonValue word && word.TryGetValue<string>(out var text) && text == "all")
        {
            if (parameter.Options is { } options)
                return [.. options];
            errors.Add(new ProblemError(pointer, "Has no list of options that \"all\" could mean; name the values."));
            return [];
        }

        if (written is not JsonArray { Count: > 0 and <= MostPictures } values)
        {
            errors.Add(new ProblemError(pointer, $"Must be an array of 1 to {MostPictures} values, or \"all\"."));
            return [];
        }

        List<ParameterValue> fitting = [];
        for (var i = 0; i < values.Count; i++)
        {
            var value = ParameterValue.Of(parameter.Type, values[i]);
            if (parameter.Fault(value) is { } fault)
                errors.Add(new ProblemError($"{pointer}/{i}", fault));
            else if (!fitting.Exists(known => known.Text == value!.Text))
                fitting.Add(value!);
        }

        return fitting;
    }

    private async Task RunAsync(Batch batch, List<TemplateArguments> matrix)
    {
        // As POST /v1/jobs:batch does: sent in order over one connection without a round trip for each, the first alone.
        var underWay = new Queue<Task>();
        foreach (var arguments in matrix)
        {
            underWay.Enqueue(OneAsync(batch, arguments));
            if (underWay.Count == AtOnce || ReferenceEquals(arguments, matrix[0]))
                await underWay.Dequeue();
        }

        await Task.WhenAll(underWay);
    }

    private async Task OneAsync(Batch batch, TemplateArguments arguments)
    {
        try
        {
            var input = arguments.ToInput();
            PictureFormats.Set(batch.View.Engine, batch.View.Function, input, batch.MediaType);
            var prepared = await preparer.PrepareAsync(batch.Context, batch.Loaded, batch.View, input);
            if (batch.Tag is null)
                return;
            // What is stored already, or being made, needs no job.
            var plan = await cache.PlanAsync(prepared, CacheWish.Use, hasIdempotencyKey: false, batch.Context.RequestAborted);
            prepared = prepared with { Specification = prepared.Specification with { Priority = batch.Priority, Tags = [batch.Tag] } };
            var (outcome, _) = await submitter.SubmitAsync(batch.Context, prepared, new SubmitIdentity(Submission.NewId()), plan);
            if (outcome.Code == SubmitCode.Created)
                batch.Count();
        }
        catch (ProblemException wrong)
        {
            batch.Refuse(arguments, wrong.Problem);
        }
    }

    private async ValueTask<double?> EstimateAsync(EngineView engine, int count, bool dryRun, CancellationToken cancellation)
    {
        if ((await queues.GetAsync(cancellation)).GetValueOrDefault(engine.Name) is not { } queue)
            return null;
        // They run after everything that waits now; once submitted they are among it, or will be in a second.
        return QueueView.DrainSeconds(queue, engine, dryRun ? queue.Depth + count : Math.Max(queue.Depth, count));
    }

    private sealed class Batch(
        HttpContext context, LoadedTemplate loaded, (EngineView Engine, FunctionView Function) view, string mediaType, int priority, string? tag)
    {
        private readonly List<PrerenderProblem> problems = [];
        private int submitted;

        public HttpContext Context => context;

        public LoadedTemplate Loaded => loaded;

        public (EngineView Engine, FunctionView Function) View => view;

        public string MediaType => mediaType;

        public int Priority => priority;

        public string? Tag => tag;

        public int Submitted => submitted;

        public IReadOnlyList<PrerenderProblem> Problems => problems;

        public void Count() => Interlocked.Increment(ref submitted);

        public void Refuse(TemplateArguments arguments, Problem problem)
        {
            lock (problems)
            {
                if (problems.Count < MostProblems)
                    problems.Add(new PrerenderProblem(arguments.ToJson(), problem.Kind.Code, problem.Detail));
            }
        }
    }
}
