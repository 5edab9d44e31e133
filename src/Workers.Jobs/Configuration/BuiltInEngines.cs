namespace Workers.Jobs.Configuration;

/// <summary>The engines that need no configuration. Naming one in the file changes it; null there removes it.</summary>
internal static class BuiltInEngines
{
    private const string SystemPython = "/usr/bin/python3";

    /// <summary>By name, in the order in which they count as defaults.</summary>
    /// <param name="environment"><c>BLENDER</c> names Blender's program.</param>
    internal static IReadOnlyList<KeyValuePair<string, EngineFile>> All(IReadOnlyDictionary<string, string> environment) =>
    [
        new("blender", new EngineFile { Command = BlenderCommand(environment) }),
        // Plots come from calculations that go on meanwhile: the drawing is to take what they leave.
        new("plot", new EngineFile { Command = PythonCommand("workers_kit.engines.plot"), Nice = 10 }),
        new("testcard", new EngineFile { Command = PythonCommand("workers_kit.engines.testcard") }),
    ];

    private static List<string> BlenderCommand(IReadOnlyDictionary<string, string> environment) =>
    [
        environment.GetValueOrDefault("BLENDER") is { Length: > 0 } named ? named : "blender",
        // In this order: Blender obeys its arguments one after the other.
        "-b", "--factory-startup", "-noaudio", "--python-exit-code", "1", "--python", "${kit}/workers_kit/launch.py",
        "--", "workers_kit.engines.blender",
    ];

    /// <summary>The system's Python first: what PATH calls python3 may be a version manager's slow script.</summary>
    private static List<string> PythonCommand(string module) =>
        [File.Exists(SystemPython) ? SystemPython : "python3", "${kit}/workers_kit/launch.py", module];
}
