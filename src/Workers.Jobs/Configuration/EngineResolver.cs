using System.Text.RegularExpressions;
using Workers.Jobs.Engines;
using Workers.Jobs.Text;

namespace Workers.Jobs.Configuration;

/// <summary>Turns engines as written into specifications: built-in ones added, <c>extends</c> followed, defaults filled in.</summary>
internal sealed partial class EngineResolver(
    IReadOnlyDictionary<string, EngineFile?> written,
    IReadOnlyList<KeyValuePair<string, EngineFile>> builtIn,
    List<string> problems)
{
    private readonly EngineSpecification defaults = new() { Name = "", Command = [] };

    /// <summary>Written ones in their order, then the built-in ones nobody wrote about.</summary>
    internal IReadOnlyList<EngineSpecification> Resolve()
    {
        foreach (var name in written.Keys.Where(name => !EngineName().IsMatch(name)))
            problems.Add(
                $"engines.{name}: an engine's name is lower-case letters, digits, dots and hyphens, at most 63, and begins with a letter or digit.");
        var names = written.Keys.Concat(builtIn.Select(engine => engine.Key)).Distinct()
            .Where(name => !written.TryGetValue(name, out var engine) || engine is not null);
        return [.. names.Select(name => (Name: name, Engine: Flatten(name, [])))
            .Where(pair => pair.Engine is not null)
            .Select(pair => Specify(pair.Name, pair.Engine!))];
    }

    /// <summary>An engine with everything it inherits; null when that cannot be.</summary>
    private EngineFile? Flatten(string name, IReadOnlyList<string> heirs)
    {
        var own = written.GetValueOrDefault(name);
        var inherited = builtIn.FirstOrDefault(engine => engine.Key == name).Value;
        if (own?.Extends is { } baseName && baseName != name)
        {
            if (heirs.Contains(baseName) || !Knows(baseName))
            {
                problems.Add(heirs.Contains(baseName)
                    ? $"engines.{name}: extends \"{baseName}\", which extends it in turn."
                    : $"engines.{name}: extends \"{baseName}\", which is not there; "
                        + $"the nearest known one is \"{NearestName.Of(baseName, written.Keys.Concat(builtIn.Select(engine => engine.Key)))}\".");
                return null;
            }
            inherited = Flatten(baseName, [.. heirs, name]);
            if (inherited is null)
                return null;
        }
        if (own is null)
            return inherited;
        var merged = inherited is null ? own : Merge(own, inherited);
        if (merged.Command is not null)
            return merged;
        problems.Add($"engines.{name}: \"command\" is missing (or \"extends\", to use another engine's).");
        return null;
    }

    private bool Knows(string name) => written.GetValueOrDefault(name) is not null || builtIn.Any(engine => engine.Key == name);

    private static EngineFile Merge(EngineFile own, EngineFile inherited) => new()
    {
        Command = own.Command ?? inherited.Command,
        Workers = own.Workers ?? inherited.Workers,
        Concurrency = own.Concurrency ?? inherited.Concurrency,
        Environment = Union(inherited.Environment, own.Environment),
        Functions = own.Functions ?? inherited.Functions,
        Faults = own.Faults ?? inherited.Faults,
        AllowPickle = own.AllowPickle ?? inherited.AllowPickle,
        Affinity = own.Affinity ?? inherited.Affinity,
        KeepFree = own.KeepFree ?? inherited.KeepFree,
        Nice = own.Nice ?? inherited.Nice,
        StartTimeoutSeconds = own.StartTimeoutSeconds ?? inherited.StartTimeoutSeconds,
        CallTimeoutSeconds = own.CallTimeoutSeconds ?? inherited.CallTimeoutSeconds,
        StallTimeoutSeconds = own.StallTimeoutSeconds ?? inherited.StallTimeoutSeconds,
        CancelGraceSeconds = own.CancelGraceSeconds ?? inherited.CancelGraceSeconds,
        RecycleCalls = own.RecycleCalls ?? inherited.RecycleCalls,
        RecycleAgeSeconds = own.RecycleAgeSeconds ?? inherited.RecycleAgeSeconds,
        RecycleMemoryBytes = own.RecycleMemoryBytes ?? inherited.RecycleMemoryBytes,
        OutputBytes = own.OutputBytes ?? inherited.OutputBytes,
        QueueLimit = own.QueueLimit ?? inherited.QueueLimit,
    };

    private static Dictionary<string, string> Union(Dictionary<string, string>? first, Dictionary<string, string>? second)
    {
        var all = new Dictionary<string, string>(first ?? []);
        foreach (var (key, value) in second ?? [])
            all[key] = value;
        return all;
    }

    private EngineSpecification Specify(string name, EngineFile engine) => defaults with
    {
        Name = name,
        Command = engine.Command!,
        Workers = engine.Workers ?? defaults.Workers,
        Concurrency = engine.Concurrency ?? defaults.Concurrency,
        Environment = (engine.Environment ?? []).Where(variable => variable.Value is not null).ToDictionary(), // null takes an inherited one away.
        Functions = engine.Functions ?? [],
        Faults = engine.Faults ?? defaults.Faults,
        AllowPickle = engine.AllowPickle ?? defaults.AllowPickle,
        Affinity = engine.Affinity ?? defaults.Affinity,
        KeepFree = engine.KeepFree ?? defaults.KeepFree,
        Nice = engine.Nice ?? defaults.Nice,
        StartTimeoutSeconds = engine.StartTimeoutSeconds ?? defaults.StartTimeoutSeconds,
        CallTimeoutSeconds = engine.CallTimeoutSeconds ?? defaults.CallTimeoutSeconds,
        StallTimeoutSeconds = engine.StallTimeoutSeconds ?? defaults.StallTimeoutSeconds,
        CancelGraceSeconds = engine.CancelGraceSeconds ?? defaults.CancelGraceSeconds,
        RecycleCalls = engine.RecycleCalls,
        RecycleAgeSeconds = engine.RecycleAgeSeconds,
        RecycleMemoryBytes = engine.RecycleMemoryBytes,
        OutputBytes = engine.OutputBytes ?? defaults.OutputBytes,
        QueueLimit = engine.QueueLimit ?? defaults.QueueLimit,
    };

    [GeneratedRegex("^[a-z0-9][a-z0-9.-]{0,62}$")]
    private static partial Regex EngineName();
}
