using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Workers.Testing;

namespace Workers.Bench.Signed;

/// <summary>An nginx that serves one folder with sendfile, a process for each core, nothing logged.</summary>
internal sealed class Nginx : IAsyncDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(10);
    private static readonly string[] TemporaryFolders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    private readonly TempFolder folder;
    private readonly Process process;

    private Nginx(TempFolder folder, int port, Process process) => (this.folder, Port, this.process) = (folder, port, process);

    /// <summary>Where it listens, on loopback.</summary>
    public int Port { get; }

    /// <summary>Starts one that serves these bytes as <c>/picture.png</c>; it listens when this is done.</summary>
    /// <exception cref="InvalidOperationException">It ended at once; it has said why.</exception>
    public static async Task<Nginx> StartAsync(string program, byte[] picture)
    {
        var folder = new TempFolder();
        var port = TestPorts.Free();
        File.WriteAllBytes(folder.Below("picture.png"), picture);
        var temporary = string.Concat(TemporaryFolders.Select(kind => $"{kind}_temp_path {folder.FullPath}; "));
        // Root's workers would become nobody, who may not read the folder.
        var user = Environment.IsPrivilegedProcess ? "user root; " : "";
        File.WriteAllText(folder.Below("nginx.conf"), string.Create(CultureInfo.InvariantCulture, $$"""
            {{user}}daemon off; worker_processes auto; pid {{folder.Below("pid")}}; error_log stderr crit;
            events { worker_connections 1024; }
            http {
              types { image/png png; } access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
              {{temporary}}
              server { listen 127.0.0.1:{{port}}; root {{folder.FullPath}}; }
            }
            """));
        var start = new ProcessStartInfo(program, ["-p", folder.FullPath, "-e", "stderr", "-c", folder.Below("nginx.conf")]);
        var nginx = new Nginx(folder, port, Process.Start(start)!);
        await Eventually.HoldsAsync(nginx.ListensAsync, "nginx listens");
        return nginx;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) Signals.SendTerminate(process.Id);
        try
        {
            await process.WaitForExitAsync().WaitAsync(StopLimit);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
        }

        process.Dispose();
        folder.Dispose();
    }

    private async Task<bool> ListensAsync()
    {
        if (process.HasExited) throw new InvalidOperationException($"nginx ended with {process.ExitCode}.");
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
