using System.Diagnostics;
using System.Globalization;
using Workers.Testing;

namespace Workers.Chaos.Cluster;

/// <summary>A server process of one role and its link to Redis; killed and started again on the same address.</summary>
internal sealed class ServerSlot : IAsyncDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(60);

    private readonly string[] arguments;
    private readonly string log;
    private Process? process;

    private ServerSlot(string name, string role, int redisPort, string folder, string configuration)
    {
        (Name, Link) = (name, new TestLink(redisPort));
        Port = TestPorts.Free();
        log = Path.Combine(folder, name + ".log");
        arguments =
        [
            "--role", role, "--node", name, "--data", Path.Combine(folder, "data"), "--runtime", Path.Combine(folder, "run", name),
            "--config", configuration, "--urls", Address.ToString(),
            "--redis", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Link.Port}"),
        ];
    }

    public string Name { get; }

    /// <summary>Its own way to Redis, which can be cut.</summary>
    public TestLink Link { get; }

    public int Port { get; }

    public Uri Address => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}"));

    /// <summary>Held while a fault acts on it, so that no two do.</summary>
    public SemaphoreSlim Gate { get; } = new(1);

    /// <summary>Its process id, or null while it is down.</summary>
    public int? Pid => process is { HasExited: false } running ? running.Id : null;

    public static ServerSlot Start(string name, string role, int redisPort, string folder, string configuration)
    {
        var slot = new ServerSlot(name, role, redisPort, folder, configuration);
        slot.Start();
        return slot;
    }

    /// <summary>Starts it. What it prints goes to a file: a pipe's reader would be one more thing that can fail.</summary>
    public void Start()
    {
        process?.Dispose();
        var start = new ProcessStartInfo("/bin/sh") { ArgumentList = { "-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1", "sh", log } };
        start.ArgumentList.Add(RepositoryPaths.Below("dist", "workers-server"));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        process = Process.Start(start)!;
    }

    /// <summary>SIGKILL; returns when it is gone.</summary>
    public async Task KillAsync()
    {
        if (process is not { HasExited: false } running)
            return;
        running.Kill();
        await running.WaitForExitAsync();
    }

    /// <summary>SIGTERM; returns when it is gone.</summary>
    /// <returns>Its exit code, or null when it had to be killed.</returns>
    public async Task<int?> StopAsync()
    {
        if (process is not { HasExited: false } running)
            return process?.ExitCode;
        Signals.SendTerminate(running.Id);
        try
        {
            await running.WaitForExitAsync().WaitAsync(StopLimit);
            return running.ExitCode;
        }
        catch (TimeoutException)
        {
            await KillAsync();
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        process?.Dispose();
        await Link.DisposeAsync();
        Gate.Dispose();
    }
}
