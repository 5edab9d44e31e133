using System.Diagnostics;
using System.Globalization;
using Workers.Testing;

namespace Workers.Bench.Renders;

/// <summary>Files that are like the sample, and each a little different.</summary>
internal static class Variants
{
    /// <summary>Makes so many in an empty folder.</summary>
    public static async Task MakeAsync(string folder, int count, CancellationToken cancellation)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "Renders", "make_variants.py");
        var start = new ProcessStartInfo(
            Programs.Blender!,
            ["-b", "--factory-startup", Product.Path, "--python-exit-code", "1", "--python", script, "--", folder, count.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        await process.StandardOutput.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation).WithinLimitAsync();
        if (Directory.GetFiles(folder).Length != count)
            throw new InvalidOperationException("Blender did not save the variants of the sample.");
    }
}
