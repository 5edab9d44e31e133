using System.Diagnostics;
using Workers.Testing;

namespace Workers.Bench.Renders;

/// <summary>A Blender that does one thing and ends; what it prints is read and thrown away.</summary>
internal static class QuietBlender
{
    /// <summary>Runs it.</summary>
    /// <param name="arguments">Behind those that keep windows and preferences away.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Its exit status, and the seconds from its start to its end.</returns>
    public static async Task<(int Status, double Seconds)> RunAsync(string[] arguments, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(Programs.Blender!, ["-b", "--factory-startup", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var began = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await process.WaitForExitAsync(cancellation).WithinLimitAsync();
        return (process.ExitCode, Stopwatch.GetElapsedTime(began).TotalSeconds);
    }
}
