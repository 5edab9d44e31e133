using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Workers.Api.Calls;
using Workers.Api.Engines;
using Workers.Api.Fetching;
using Workers.Api.Jobs;
using Workers.Api.Problems;
using Workers.Api.Schemas;
using Workers.Contracts;
using Workers.Jobs;
using Workers.Jobs.Assets;
using Workers.Jobs.Warmth;

namespace Workers.Api.Templates;

/// <summary>A definition that may be stored.</summary>
/// <param name="Template">With its engine.</param>
/// <param name="Assets">Hex of each asset it names, and where it stands in the request.</param>
/// <param name="Fetched">URLs that it names, and the assets that they are now.</param>
/// <param name="Input">The function's input with every default.</param>
/// <param name="Checked">How many inputs were checked.</param>
/// <param name="Warm">The file to keep open, or null.</param>
internal sealed record CheckedTemplate(
    Template Template, IReadOnlyDictionary<string, string> Assets, IReadOnlyDictionary<string, string> Fetched, JsonObject Input, int Checked,
    WarmWish? Warm);

/// <summary>
/// Checks a definition against its function before it is stored: the call with every default, and beside it each option and each least and most
/// value of every parameter.
/// </summary>
internal sealed class TemplateChecker(EngineCatalog catalog, FunctionSelector selector, JobPreparer preparer, AssetRegistry registry)
{
    private const int MostErrors = 20;

    /// <summary>Checks all of it.</summary>
    /// <exception cref="ProblemException">422 with every wrong place; 404 and 503 of the engine.</exception>
    public async Task<CheckedTemplate> CheckAsync(HttpContext context, JsonObject definition)
    {
        var template = TemplateReader.Read(definition);
        var plain = Arrangement.Plain(template);
        var (engine, function) = await FunctionAsync(template, plain, context.RequestAborted);
        var run = new Run(context, template with { Engine = engine.Name }, engine, function, preparer);
        var input = await run.CheckAsync(plain);
        // What was fetched is not asked for again with every option.
        Pin(template.Input, run.Fetched);
        foreach (var arrangement in Arrangement.Others(template))
            await run.CheckAsync(arrangement);
        if (template.Placeholder is { } placeholder)
            run.Assets.TryAdd(placeholder.Hex, "/placeholder/asset");
        if (WarmFile.Fault(template, engine) is { } cold)
            run.Errors.Add(cold);
        if (run.Errors.Count == 0)
            await FindMissingAsync(run, context.RequestAborted);
        return run.Errors.Count == 0
            ? new CheckedTemplate(run.Template, run.Assets, run.Fetched, input, run.Count, WarmFile.Of(template, engine))
            : throw EnvelopeReader.Wrong([.. run.Errors.Take(MostErrors)]);
    }

    /// <summary>Puts assets in the place of URLs: a version means the same bytes for ever, whatever its URLs give later.</summary>
    public static void Pin(JsonNode? node, IReadOnlyDictionary<string, string> fetched)
    {
        if (fetched.Count == 0)
            return;
        if (node is JsonValue value && value.TryGetValue<string>(out var text) && fetched.TryGetValue(text, out var asset))
        {
            node.ReplaceWith(JsonValue.Create(asset));
            return;
        }

        var below = node switch
        {
            JsonObject members => members.Select(member => member.Value),
            JsonArray elements => elements,
            _ => Enumerable.Empty<JsonNode?>(),
        };
        foreach (var child in below.ToList())
            Pin(child, fetched);
    }

    private async ValueTask<(EngineView Engine, FunctionView Function)> FunctionAsync(
        Template template, Arrangement plain, CancellationToken cancellation)
    {
        var candidates = FunctionSelector.Candidates(await catalog.GetAsync(cancellation), template.Function, template.Engine);
        var body = new CallBody { Json = plain.Arguments.ToInput() };
        var engine = await selector.ChooseAsync(candidates, template.Function, body, cancellation);
        return (engine, engine.Functions[template.Function]);
    }

    private async Task FindMissingAsync(Run run, CancellationToken cancellation)
    {
        if (run.Assets.Count == 0)
            return;
        foreach (var hex in await registry.MissingAsync([.. run.Assets.Keys], cancellation))
            run.Errors.Add(new ProblemError(run.Assets[hex], $"sha256:{hex} is not stored here; upload it first (POST /v1/assets)."));
    }

    /// <summary>One set of values to check.</summary>
    /// <param name="Arguments">The values.</param>
    /// <param name="Varied">The parameter that has not its usual value.</param>
    /// <param name="Value">The value it has.</param>
    private sealed record Arrangement(TemplateArguments Arguments, TemplateParameter? Varied, ParameterValue? Value)
    {
        public static Arrangement Plain(Template template) => new(TemplateArguments.Of(template, Samples(template)), null, null);

        public static IEnumerable<Arrangement> Others(Template template) =>
            from parameter in template.Parameters
            from value in Values(parameter)
            select new Arrangement(
                TemplateArguments.Of(template, Samples(template).Where(sample => sample.Parameter != parameter).Append((parameter, value))), parameter, value);

        // For a parameter that has no default something it may be, where there is such a thing.
        private static IEnumerable<(TemplateParameter Parameter, ParameterValue Value)> Samples(Template template) =>
            from parameter in template.Parameters
            where parameter.Default is null
            let sample = Values(parameter).FirstOrDefault()
            where sample is not null
            select (parameter, sample);

        private static IEnumerable<ParameterValue> Values(TemplateParameter parameter)
        {
            var values = parameter switch
            {
                { Options: { } options } => options,
                { Type: ParameterType.Number or ParameterType.Integer } =>
                    new[] { parameter.Minimum, parameter.Maximum }.OfType<double>().Select(limit => ParameterValue.Of(parameter.Type, JsonValue.Create(limit))),
                { Type: ParameterType.Color } => [ParameterValue.Parse(ParameterType.Color, "7f7f7f")],
                _ => [],
            };
            return values.OfType<ParameterValue>();
        }
    }

    private sealed class Run(HttpContext context, Template template, EngineView engine, FunctionView function, JobPreparer preparer)
    {
        public Template Template => template;

        public Dictionary<string, string> Assets { get; } = [];

        public Dictionary<string, string> Fetched { get; } = [];

        public List<ProblemError> Errors { get; } = [];

        public int Count { get; private set; }

        /// <summary>Checks one input and notes what is wrong; gives it with the function's own defaults.</summary>
        public async Task<JsonObject> CheckAsync(Arrangement arrangement)
        {
            Count++;
            List<TemplateParameter> misplaced = [];
            var input = arrangement.Arguments.ToInput(misplaced);
            foreach (var parameter in misplaced)
                Add(new ProblemError(Of(parameter) + "/drives", "Leads through something of the input that is neither an object nor an array that long."));
            // Only the plain call asks for its size by itself: the least and most of a parameter may lie outside the limits.
            foreach (var fault in arrangement.Varied is null ? template.Limits.Faults(input) : [])
                Add(Place(fault, arrangement));
            try
            {
                var specification = new JobSpecification { Engine = engine.Name, Function = template.Function, Input = input };
                var prepared = await preparer.PrepareAsync(context, specification, engine, function, root: "");
                foreach (var (hex, pointer) in prepared.AssetPointers)
                {
                    Assets.TryAdd(hex, Place(new ProblemError(pointer, ""), arrangement).Pointer);
                    if (JsonPointer.TextAt(prepared.Asked.Input, pointer) is { } written && FetchRules.IsUrl(written))
                        Fetched[written] = AssetId.Of(hex);
                }
            }
            catch (ProblemException wrong) when (wrong.Problem.Kind == ProblemKinds.InvalidInput)
            {
                foreach (var error in (wrong.Problem.Errors ?? []).Where(error => !IsOpen(error.Pointer, arrangement)))
                    Add(Place(error, arrangement));
            }

            return input;
        }

        // A parameter without a default and without anything to try is left out; what only it sets is then missing.
        private bool IsOpen(string pointer, Arrangement arrangement) =>
            template.Driving(pointer) is { Default: null } parameter && !arrangement.Arguments.ToJson().ContainsKey(parameter.Name);

        private ProblemError Place(ProblemError error, Arrangement arrangement)
        {
            var with = arrangement.Value is { } value ? $"With {arrangement.Varied!.Name}={value.Text}: " : "";
            var by = template.Driving(error.Pointer);
            return new ProblemError(by is null ? "/input" + error.Pointer : Of(by), (by is null ? with : with + $"at {error.Pointer}: ") + error.Detail);
        }

        // What is wrong with the plain call is wrong with most others too, and told once.
        private void Add(ProblemError error)
        {
            if (!Errors.Exists(known => known.Pointer == error.Pointer
                && (known.Detail == error.Detail || error.Detail.EndsWith(known.Detail, StringComparison.Ordinal))))
            {
                Errors.Add(error);
            }
        }

        private static string Of(TemplateParameter parameter) => JsonPointer.Child("/parameters", parameter.Name);
    }
}
