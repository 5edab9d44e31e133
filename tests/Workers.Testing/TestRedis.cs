using System.Diagnostics;
using System.Globalization;

namespace Workers.Testing;

/// <summary>How a test's Redis keeps what it acknowledged.</summary>
public enum TestDurability
{
    /// <summary>Not at all: a restart begins empty.</summary>
    None,

    /// <summary>Append-only file, synced each second.</summary>
    EverySecond,

    /// <summary>Append-only file, synced before each reply.</summary>
    Always,
}

/// <summary>
/// A real redis-server on a free port in a folder of its own, ready when the constructor returns, killed when disposed. Works as an xUnit class
/// fixture (<c>IClassFixture&lt;TestRedis&gt;</c>). The program is that of the environment's <c>REDIS</c>, else <c>redis-server</c> of the PATH.
/// </summary>
public sealed class TestRedis : IDisposable, IAsyncDisposable
{
    private readonly TempFolder folder = new();
    private readonly TestDurability durability;
    private readonly string[] extraArguments;
    private Process? process; // None after a restart that failed.

    /// <summary>Starts it, without persistence.</summary>
    public TestRedis()
        : this(TestDurability.None)
    {
    }

    private TestRedis(TestDurability durability, params string[] extraArguments)
    {
        this.durability = durability;
        this.extraArguments = extraArguments;
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
        Port = TestPorts.Free();
        process = StartOnAnyPort();
    }

    /// <summary>Starts one that keeps what it acknowledged, or with settings of its own.</summary>
    /// <param name="durability">What survives <see cref="Kill9"/> and <see cref="Restart"/>.</param>
    /// <param name="extraArguments">More of redis-server's arguments, e.g. <c>--maxmemory 3mb</c> as two strings.</param>
    public static TestRedis Start(TestDurability durability, params string[] extraArguments) => new(durability, extraArguments);

    /// <summary>Where it listens, on 127.0.0.1; the same after <see cref="Restart"/>.</summary>
    public int Port { get; private set; }

    /// <summary>For StackExchange.Redis.</summary>
    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>Its process.</summary>
    public int ProcessId => Living.Id;

    /// <summary>The program that tests use.</summary>
    public static string Program => Environment.GetEnvironmentVariable("REDIS") is { Length: > 0 } named ? named : "redis-server";

    /// <summary>SIGSTOP: it stands still, connections stay open.</summary>
    public void Stop() => Signals.SendStop(Living.Id);

    /// <summary>SIGCONT: it goes on with everything that was sent meanwhile.</summary>
    public void Continue() => Signals.SendContinue(Living.Id);

    /// <summary>SIGKILL; returns when it is gone.</summary>
    public void Kill9()
    {
        Living.Kill();
        Living.WaitForExit();
    }

    /// <summary>Starts it again on the same port and folder (kills it first where it still runs); returns when it is ready.</summary>
    public void Restart()
    {
        Kill9();
        Living.Dispose();
        process = null;
        process = TryStart(out var output) ?? throw new InvalidOperationException($"redis-server did not start again on port {Port}:\n{output}");
    }

    /// <summary>SCRIPT FLUSH: it forgets every script.</summary>
    public void FlushScripts() => Command("SCRIPT", "FLUSH");

    /// <summary>Sends one command on a connection of its own; arrays are answered one element a line.</summary>
    /// <exception cref="InvalidOperationException">Redis answered an error; its text is the message.</exception>
    public string Command(params string[] command)
    {
        using var client = new RespClient(Port);
        return client.Send(command);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        if (process is not null)
        {
            Kill9();
            process.Dispose();
        }

        folder.Dispose();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private Process Living => process ?? throw new InvalidOperationException($"redis-server on port {Port} did not start again and is not running.");

    private void OnProcessExit(object? sender, EventArgs e) => process?.Kill();

    private Process StartOnAnyPort()
    {
        for (var attempt = 1; ; attempt++)
        {
            if (TryStart(out var output) is { } started)
                return started;
            if (attempt == 5)
                throw new InvalidOperationException($"{Program} did not start:\n{output}");
            Port = TestPorts.Free();
        }
    }

    /// <summary>Null when it ended before it was ready, e.g. because somebody took the port.</summary>
    private Process? TryStart(out string output)
    {
        var start = new ProcessStartInfo(Program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in Arguments())
            start.ArgumentList.Add(argument);
        var lines = new Queue<string>();
        var ready = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Take(string? line)
        {
            if (line is null)
            {
                ready.TrySetResult(false);
                return;
            }
            lock (lines)
            {
                lines.Enqueue(line);
                if (lines.Count > 40)
                    lines.Dequeue();
            }
            if (line.Contains("Ready to accept connections", StringComparison.Ordinal))
                ready.TrySetResult(true);
        }
        var started = new Process { StartInfo = start };
        started.OutputDataReceived += (_, line) => Take(line.Data);
        started.ErrorDataReceived += (_, line) => Take(line.Data ?? "");
        started.Start();
        started.BeginOutputReadLine();
        started.BeginErrorReadLine();
        var isReady = Task.WhenAny(ready.Task, Task.Delay(Eventually.Limit)).GetAwaiter().GetResult() == ready.Task && ready.Task.Result;
        lock (lines) output = string.Join('\n', lines);
        if (isReady)
            return started;
        started.Kill(); // It has ended, or was not ready in time.
        started.WaitForExit();
        started.Dispose();
        return null;
    }

    private IEnumerable<string> Arguments() =>
    [
        "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", folder.FullPath, "--save", "",
        "--appendonly", durability == TestDurability.None ? "no" : "yes",
        "--appendfsync", durability == TestDurability.Always ? "always" : "everysec",
        .. extraArguments,
    ];
}
