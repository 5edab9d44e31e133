using System.ComponentModel;
using System.Diagnostics;

namespace Workers.Node.Runtime;

/// <summary>Deletes what .NET cannot: files whose names are no UTF-8, and what is in folders that one may not read.</summary>
internal static class StubbornFolder
{
    // Links are neither followed nor changed.
    private const string Script = """find -P "$1" -type d ! -perm -u=rwx -exec chmod u+rwx {} \; ; rm -rf -- "$1" """;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Deletes the folder as far as can be; never fails.</summary>
    public static void Remove(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        try
        {
            using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Script, "sh", folder]) { RedirectStandardError = true })!;
            shell.ErrorDataReceived += static (_, _) => { }; // Read, so that it never waits for us.
            shell.BeginErrorReadLine();
            if (!shell.WaitForExit(Limit))
                shell.Kill(entireProcessTree: true);
        }
        catch (Exception error) when (error is Win32Exception or InvalidOperationException)
        {
            // No shell, or no room for another process: it stays until the node's next start.
        }
    }
}
