using Workers.Bench.Report;
using Workers.Node.Processes;
using Workers.Testing;

namespace Workers.Bench;

/// <summary>The programs that benches start.</summary>
internal static class Programs
{
    /// <summary>Blender: of the environment's <c>BLENDER</c>, else of the PATH; null when there is none.</summary>
    public static string? Blender { get; } =
        ProgramPath.Find(Environment.GetEnvironmentVariable("BLENDER") is { Length: > 0 } named ? named : "blender");

    /// <summary>Says in the page that nothing was measured where there is no Blender.</summary>
    public static bool LacksBlender(ResultsPage page)
    {
        if (Blender is null) page.NotMeasured("Blender was not found; install it, or set BLENDER=/path/to/blender.");
        return Blender is null;
    }

    /// <summary>nginx: of the PATH, else as src/make/nginx.sh leaves it; null when there is none.</summary>
    public static string? Nginx { get; } = ProgramPath.Find("nginx") ?? ProgramPath.Find(RepositoryPaths.Below("dist", "nginx", "usr", "sbin", "nginx"));

    /// <summary>Python 3: the system's, rather than a version manager's.</summary>
    public static string Python { get; } = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
}
