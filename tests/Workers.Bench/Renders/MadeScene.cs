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
        var (status, _) = await QuietBlender.RunAsync(["--python-exit-code", "1", "--python", full, "--", path], cancellation);
        return status == 0 && File.Exists(path) ? path : throw new InvalidOperationException($"Blender made no scene: {script}.");
    }
}
