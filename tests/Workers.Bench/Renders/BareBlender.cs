using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Workers.Testing;

namespace Workers.Bench.Renders;

/// <summary>A Blender process driven by hand (<c>bare_render.py</c>): the file open, nothing around it.</summary>
internal sealed class BareBlender : IAsyncDisposable
{
    private readonly Process process;

    private BareBlender(Process process) => this.process = process;

    /// <summary>Starts it and waits until the file is open.</summary>
    /// <param name="file">A .blend with a camera called Hero.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static async Task<BareBlender> StartAsync(string file, CancellationToken cancellation)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "Renders", "bare_render.py");
        var start = new ProcessStartInfo(Programs.Blender!, ["-b", "--factory-startup", "--python", script, "--", file])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var bare = new BareBlender(Process.Start(start)!);
        bare.process.ErrorDataReceived += (_, _) => { };
        bare.process.BeginErrorReadLine();
        while (await bare.ReadAsync(cancellation) != "ready")
        {
            // What Blender says before the script has begun.
        }

        return bare;
    }

    /// <summary>Renders and saves one picture.</summary>
    /// <param name="picture">Size and samples.</param>
    /// <param name="colour">The fabric's colour, or null to leave it.</param>
    /// <param name="persistent">Whether Blender may keep what it computed of the scene for the next render.</param>
    /// <param name="path">Where the PNG goes.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>Seconds, measured inside the process.</returns>
    public async Task<double> RenderAsync(Picture picture, double[]? colour, bool persistent, string path, CancellationToken cancellation)
    {
        var job = JsonSerializer.Serialize(new { width = picture.Pixels, samples = picture.Samples, colour, persistent, path });
        await process.StandardInput.WriteLineAsync(job.AsMemory(), cancellation);
        await process.StandardInput.FlushAsync(cancellation);
        return double.Parse(await ReadAsync(cancellation), CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close(); // The end of its input is the end of its loop.
        try
        {
            await process.WaitForExitAsync().WithinLimitAsync();
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
        }

        process.Dispose();
    }

    private async Task<string> ReadAsync(CancellationToken cancellation) =>
        await process.StandardOutput.ReadLineAsync(cancellation).AsTask().WithinLimitAsync() ?? throw new InvalidOperationException("Blender ended.");
}
