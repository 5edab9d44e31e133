using System.Diagnostics;
using Workers.Testing;

namespace Workers.Bench.Renders;

/// <summary>Scenes that scripts make for one run.</summary>
internal static class MadeScene
{
    /// <summary>Makes one.</summary>
    /// <param name="script">The script's name, in this folder.</param>
    /// <param name="path">Where the .blend goes.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>That path.</returns>
    public static async Task<string> MakeAsync(string script, string path, CancellationToken cancellation)
    {
        var full = Path.Combine(AppContext.BaseDirectory, "Renders", script);
        var start = new ProcessStartInfo(Programs.Blender!, ["-b", "--factory-startup", "--python-exit-code", "1", "--python", full, "--", path])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await process.WaitForExitAsync(cancellation).WithinLimitAsync();
        return process.ExitCode == 0 && File.Exists(path) ? path : throw new InvalidOperationException($"Blender made no scene: {script}.");
    }
}
