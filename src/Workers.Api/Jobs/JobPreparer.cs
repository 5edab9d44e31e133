using Microsoft.AspNetCore.Http;
using Workers.Api.Assets;
using Workers.Api.Engines;
using Workers.Api.Fetching;
using Workers.Api.Http;
using Workers.Api.Problems;
using Workers.Api.Schemas;
using Workers.Contracts;
using Workers.Jobs;
using Workers.Jobs.Text;

namespace Workers.Api.Jobs;

/// <summary>A job that may be submitted: everything the API can check is checked.</summary>
/// <param name="Specification">With defaults filled in and its assets named.</param>
/// <param name="Engine">Its engine.</param>
/// <param name="Function">Its function.</param>
/// <param name="AssetPointers">Where each asset's hex stands in the request.</param>
internal sealed record PreparedJob(
    JobSpecification Specification, EngineView Engine, FunctionView Function, IReadOnlyDictionary<string, string> AssetPointers)
{
    /// <summary>What the client asked for, where that is not the specification word by word: with its URLs. It tells whether a repeat is one.</summary>
    public JobSpecification Asked { get; init; } = Specification;
}

/// <summary>Checks a specification against what the engines say they can do, before anything is queued.</summary>
internal sealed class JobPreparer(EngineCatalog catalog, RootFiles roots, FetchRules rules, UrlAssets urls)
{
    /// <summary>When it is worth asking again for an engine that is not available.</summary>
    public static readonly TimeSpan ReadyAfter = TimeSpan.FromSeconds(5);

    /// <summary>Checks and completes an envelope's specification.</summary>
    /// <exception cref="ProblemException">422 with pointers; 503 when the engine has not said yet what it can do.</exception>
    public async ValueTask<PreparedJob> PrepareAsync(HttpContext context, JobSpecification specification)
    {
        var view = await catalog.GetAsync(context.RequestAborted);
        var engine = view.Find(specification.Engine)
            ?? throw EnvelopeReader.Wrong([Unknown("/engine", "engine", specification.Engine, view.Engines.Select(known => known.Name))]);
        var function = FindFunction(engine, specification.Function)
            ?? throw EnvelopeReader.Wrong([Unknown("/function", $"function of {engine.Name}", specification.Function, engine.Functions.Keys)]);
        return await PrepareAsync(context, specification, engine, function, "/input");
    }

    /// <summary>Checks and completes a specification whose engine and function are known already.</summary>
    /// <param name="context">The request, for its trace.</param>
    /// <param name="specification">What is asked; its input is completed in place.</param>
    /// <param name="engine">Its engine.</param>
    /// <param name="function">Its function.</param>
    /// <param name="root">Pointer of the input within the request's JSON.</param>
    /// <exception cref="ProblemException">422 with pointers; a URL that was not delivered.</exception>
    public async ValueTask<PreparedJob> PrepareAsync(
        HttpContext context, JobSpecification specification, EngineView engine, FunctionView function, string root)
    {
        var input = specification.Input;
        var errors = function.Schema.Validate(input, root);
        if (errors.Count > 0)
            throw EnvelopeReader.Wrong(errors);
        function.Schema.ApplyDefaults(input);
        var names = function.Schema.Assets(input, root);
        var assets = CheckAssets(names);
        var asked = specification;
        if (names.Any(name => FetchRules.IsUrl(name.Value)))
        {
            asked = specification with { Input = input.DeepClone().AsObject() };
            assets = CheckAssets(await urls.ReplaceAsync(names, context.RequestAborted));
        }

        return new PreparedJob(
            specification with { Assets = [.. assets.Keys], TraceParent = TraceContext.TraceParent(context) }, engine, function, assets)
        {
            Asked = asked,
        };
    }

    /// <summary>The function, or null where the engine has none of that name.</summary>
    /// <exception cref="ProblemException">503: no worker of the engine has been ready, so nobody knows what it can do.</exception>
    public static FunctionView? FindFunction(EngineView engine, string name) =>
        engine.Functions.Count == 0 ? throw Unavailable(engine) : engine.Functions.GetValueOrDefault(name);

    /// <summary>503 naming the engine and why.</summary>
    public static ProblemException Unavailable(EngineView engine) =>
        new Problem(ProblemKinds.EngineUnavailable, $"Engine '{engine.Name}' is not available: {engine.Reason ?? "it has not said what it can do."}")
        {
            RetryAfter = ReadyAfter,
        }.AsException();

    private Dictionary<string, string> CheckAssets(IReadOnlyList<AssetString> names)
    {
        var pointers = new Dictionary<string, string>();
        List<ProblemError> errors = [];
        foreach (var (pointer, value, _) in names)
        {
            if (AssetId.TryParse(value, out var hex))
                pointers.TryAdd(hex, pointer);
            else if (WrongOf(value) is { } wrong)
                errors.Add(new ProblemError(pointer, wrong));
        }

        return errors.Count == 0 ? pointers : throw EnvelopeReader.Wrong(errors);
    }

    private string? WrongOf(string name) =>
        name.StartsWith(RootFiles.Prefix, StringComparison.Ordinal) ? roots.Check(name)
        : FetchRules.IsUrl(name) ? rules.Check(name)
        : "Must be sha256: and 64 lower-case hex digits (of an uploaded asset), root:NAME/path, or https://…";

    private static ProblemError Unknown(string pointer, string what, string name, IEnumerable<string> known) =>
        new(pointer, $"There is no {what} called '{name}'.{NearestName.Hint(name, known)} GET /v1/engines lists what there is.");
}
