using Microsoft.Extensions.Logging;
using Workers.Api.Schemas;
using Workers.Jobs.Configuration;
using Workers.Jobs.Nodes;

namespace Workers.Api.Engines;

/// <summary>Makes one picture of what the nodes report. Keeps compiled schemas from one to the next; not for concurrent use.</summary>
internal sealed partial class CatalogBuilder(ServerSettings settings, ILogger<CatalogBuilder> logger)
{
    // A function's newest schema: as many entries as there are functions.
    private readonly Dictionary<(string Engine, string Function), (string Text, FunctionView View)> compiled = [];

    // What an engine could do when it was last seen: it stays known while its nodes restart.
    private readonly Dictionary<string, IReadOnlyDictionary<string, FunctionView>> lastFunctions = [];

    /// <summary>The picture of now.</summary>
    public CatalogView Build(IReadOnlyList<NodeReport> nodes, IReadOnlyDictionary<string, string> desired)
    {
        var reports = nodes.SelectMany(node => node.Engines.Select(engine => (Node: node, Engine: engine))).ToLookup(pair => pair.Engine.Name);
        var configured = settings.Engines.Select(engine => engine.Name);
        var names = configured.Concat(reports.Select(group => group.Key).Except(configured).Order(StringComparer.Ordinal));
        return new CatalogView(nodes, desired, [.. names.Select(name => BuildEngine(name, [.. reports[name]], nodes, desired))]);
    }

    private EngineView BuildEngine(
        string name, List<(NodeReport Node, EngineReport Engine)> reports, IReadOnlyList<NodeReport> nodes,
        IReadOnlyDictionary<string, string> desired)
    {
        var live = reports.Where(pair => CatalogView.IsLive(pair.Node)).ToList();
        var able = live.Where(pair => pair.Engine.Available).ToList();
        var best = (able.Count > 0 ? able : live.Count > 0 ? live : reports).Select(pair => pair.Engine).FirstOrDefault();
        var specification = settings.Engines.FirstOrDefault(engine => engine.Name == name);
        var builds = live.SelectMany(pair => pair.Engine.Builds).Distinct().ToList();
        var workers = nodes.Where(CatalogView.IsLive).SelectMany(node => node.Workers).Where(worker => worker.Engine == name).ToList();
        return new EngineView
        {
            Name = name,
            Available = able.Count > 0,
            Reason = able.Count > 0 ? null : Reason(name, live),
            Paused = desired.ContainsKey($"engine:{name}"),
            Version = best?.Version,
            Facts = best?.Facts,
            Source = best?.Source,
            Build = builds is [{ Length: > 0 } only] ? only : null,
            BuildDoubt = builds.Count switch { 0 => "no-worker", 1 => "source-unknown", _ => "builds-differ" },
            Workers = workers.GroupBy(worker => worker.State).ToDictionary(group => group.Key, group => group.Count()),
            AbleWorkers = workers.Count(worker => worker.State is "ready" or "busy"),
            CallTimeoutSeconds = specification?.CallTimeoutSeconds ?? best?.CallTimeoutSeconds ?? 600,
            QueueLimit = specification?.QueueLimit ?? 10_000,
            Functions = Functions(name, best),
        };
    }

    private static string Reason(string name, List<(NodeReport Node, EngineReport Engine)> live) =>
        live.Select(pair => pair.Engine.Reason).FirstOrDefault(reason => reason is not null)
        ?? (live.Count > 0 ? $"No worker of engine '{name}' has been ready yet." : $"No live node offers engine '{name}'.");

    private IReadOnlyDictionary<string, FunctionView> Functions(string engine, EngineReport? report)
    {
        if (report is null || report.Functions.Count == 0)
            return lastFunctions.GetValueOrDefault(engine) ?? new Dictionary<string, FunctionView>();
        var functions = new Dictionary<string, FunctionView>();
        foreach (var function in report.Functions)
        {
            if (Compile(engine, function) is { } view)
                functions[function.Name] = view;
        }

        return lastFunctions[engine] = functions;
    }

    private FunctionView? Compile(string engine, FunctionReport function)
    {
        var text = function.Input.ToJsonString();
        if (compiled.TryGetValue((engine, function.Name), out var known) && known.Text == text)
            return known.View.Report == function ? known.View : known.View with { Report = function };
        try
        {
            var view = new FunctionView(function, InputSchema.Compile(function.Input));
            compiled[(engine, function.Name)] = (text, view);
            return view;
        }
        catch (FormatException exception)
        {
            LogBadSchema(engine, function.Name, exception.Message);
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Function {Function} of engine {Engine} is left out: {Reason}")]
    private partial void LogBadSchema(string engine, string function, string reason);
}
