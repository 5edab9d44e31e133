using Workers.Api.Assets;
using Workers.Api.Engines;
using Workers.Api.Fetching;
using Workers.Api.Http;
using Workers.Api.Jobs;
using Workers.Api.Problems;
using Workers.Contracts;
using Workers.Jobs;
using Workers.Jobs.Assets;
using Workers.Jobs.Text;

namespace Workers.Api.Calls;

/// <summary>
/// Finds the engine for a call: the one that is named, or the first in the order of the configuration that has the function and opens the file.
/// </summary>
internal sealed class FunctionSelector(AssetRegistry registry)
{
    /// <summary>Every engine that could serve the call; called before the body is read, so that nothing is uploaded in vain.</summary>
    /// <exception cref="ProblemException">404 no such engine or function; 503 not available.</exception>
    public static IReadOnlyList<EngineView> Candidates(CatalogView view, string function, string? engineName)
    {
        if (engineName is not null)
        {
            var engine = view.Find(engineName) ?? throw new Problem(
                ProblemKinds.EngineNotFound,
                $"There is no engine '{engineName}'."
                    + $"{NearestName.Hint(engineName, view.Engines.Select(known => known.Name))} GET /v1/engines lists them.")
                .AsException();
            if (JobPreparer.FindFunction(engine, function) is null)
                throw NoFunction($"Engine '{engineName}' has no function '{function}'.", function, engine.Functions.Keys);
            return engine.Available ? [engine] : throw JobPreparer.Unavailable(engine);
        }

        var having = view.Engines.Where(engine => engine.Functions.ContainsKey(function)).ToList();
        var able = having.Where(engine => engine.Available).ToList();
        if (able.Count > 0)
            return able;
        if (having.Count > 0)
            throw JobPreparer.Unavailable(having[0]);
        // One that has never been ready may be the one: its name and reason tell more than "no such function".
        if (view.Engines.Where(engine => engine.Functions.Count == 0).ToList() is { Count: > 0 } unknown)
            throw NotYet(function, unknown);
        throw NoFunction($"No engine has a function '{function}'.", function, view.Engines.SelectMany(engine => engine.Functions.Keys));
    }

    /// <summary>The first candidate that opens the call's file.</summary>
    /// <exception cref="ProblemException">422: none opens it.</exception>
    public async ValueTask<EngineView> ChooseAsync(
        IReadOnlyList<EngineView> candidates, string function, CallBody body, CancellationToken cancellation)
    {
        var uploaded = body.Files.GetValueOrDefault(CallBody.FileProperty);
        if (uploaded is null && candidates.Count == 1)
            return candidates[0];
        var extensions = uploaded is not null ? uploaded.Extensions : await ExtensionsAsync(body.File, cancellation);
        if (extensions.Count == 0)
            return candidates[0];
        return extensions.Select(extension => candidates.FirstOrDefault(engine => Opens(engine, function, extension)))
            .FirstOrDefault(engine => engine is not null) ?? throw CannotOpen(candidates, function, extensions[^1]);
    }

    private async ValueTask<IReadOnlyList<string>> ExtensionsAsync(string? file, CancellationToken cancellation)
    {
        if (file is not null && file.StartsWith(RootFiles.Prefix, StringComparison.Ordinal))
            return FileNames.Extension(file) is { } extension ? [extension] : [];
        if (file is not null && FetchRules.IsUrl(file))
            return Uri.TryCreate(file, UriKind.Absolute, out var url) && FileNames.Extension(url.AbsolutePath) is { } told ? [told] : [];
        return AssetId.TryParse(file, out var hex) && await registry.FindAsync(hex, touch: false, cancellation) is { } record
            ? new TakenAsset(record, IsNew: false).Extensions
            : [];
    }

    private static ProblemException NotYet(string function, List<EngineView> unknown) => unknown is [var only]
        ? JobPreparer.Unavailable(only)
        : new Problem(
            ProblemKinds.EngineUnavailable,
            $"No engine that is ready has a function '{function}'; these have not said yet what they can do: "
                + string.Join(" ", unknown.Select(engine => $"'{engine.Name}': {engine.Reason}")))
        {
            RetryAfter = JobPreparer.ReadyAfter,
        }.AsException();

    // A function that names no types opens what it is given, if it takes a file at all.
    private static bool Opens(EngineView engine, string function, string extension)
    {
        var view = engine.Functions[function];
        return view.Report.FileTypes.Contains(extension)
            || (view.Report.FileTypes.Count == 0 && view.Schema.Property(CallBody.FileProperty) is not null);
    }

    private static ProblemException CannotOpen(IReadOnlyList<EngineView> candidates, string function, string extension)
    {
        var types = candidates.SelectMany(engine => engine.Functions[function].Report.FileTypes).Distinct().Order(StringComparer.Ordinal);
        return EnvelopeReader.Wrong([
            new ProblemError("/file",
                $"'{function}' does not open .{extension} files; it opens {string.Join(", ", types.DefaultIfEmpty("none"))}.")]);
    }

    private static ProblemException NoFunction(string detail, string name, IEnumerable<string> known) =>
        new Problem(ProblemKinds.FunctionNotFound, $"{detail}{NearestName.Hint(name, known)} GET /v1/engines lists them.").AsException();
}
