using System.Diagnostics;
using Workers.Jobs.Processes;

namespace Workers.Node.Processes;

/// <summary>What to start.</summary>
internal sealed record ChildProcessOptions
{
    /// <summary>Full path of the program.</summary>
    public required string Program { get; init; }

    /// <summary>Its arguments.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Its whole environment: nothing is inherited.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Where it starts.</summary>
    public required string WorkingFolder { get; init; }

    /// <summary>Takes what it prints (both streams), in pieces as they come, one at a time.</summary>
    public required Action<ReadOnlyMemory<byte>> Output { get; init; }
}

/// <summary>
/// The one wrapper around <see cref="Process"/>: a child in a session and process group of its own, its output always read, killed with its
/// whole group and reaped.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan OutputGrace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ReapLimit = TimeSpan.FromSeconds(30);

    // .NET cannot call setsid or setpgid between fork and exec, and from outside it would race with the child's own children. setsid(1) does it:
    // started by us it leads no group, so that it does not fork and the program keeps its process id.
    private static readonly string? SetSid = ProgramPath.Find("setsid");

    private readonly Process process;
    private readonly OutputPump output;
    private readonly Task drained;

    private ChildProcess(Process process, ChildProcessOptions options)
    {
        this.process = process;
        Identity = ProcessIdentity.Of(process.Id) ?? new ProcessIdentity(process.Id, 0);
        output = new OutputPump([process.StandardOutput.BaseStream, process.StandardError.BaseStream], options.Output);
        Exited = WaitForExitAsync();
        drained = DrainAsync();
    }

    /// <summary>Id and start time.</summary>
    public ProcessIdentity Identity { get; }

    /// <summary>Process id, which is the id of its group too.</summary>
    public int Pid => Identity.Id;

    /// <summary>Ends when the process has ended and was reaped, with its exit code (128 + signal when a signal ended it). Never fails.</summary>
    public Task<int> Exited { get; }

    /// <summary>Starts it.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The program cannot be executed.</exception>
    public static ChildProcess Start(ChildProcessOptions options)
    {
        var start = new ProcessStartInfo
        {
            FileName = SetSid ?? options.Program,
            WorkingDirectory = options.WorkingFolder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        if (SetSid is not null)
            start.ArgumentList.Add(options.Program);
        foreach (var argument in options.Arguments)
            start.ArgumentList.Add(argument);
        start.Environment.Clear();
        foreach (var (name, value) in options.Environment)
            start.Environment[name] = value;

        var process = Process.Start(start) ?? throw new InvalidOperationException($"{options.Program} was not started.");
        process.StandardInput.Close(); // Nobody types: a program that asks something reads the end of file.
        return new ChildProcess(process, options);
    }

    /// <summary>
    /// Waits until what the process printed before now has been handed to the sink, at most <paramref name="limit"/>. Output and socket are
    /// different ways: without this, the last lines of a call could land in the next call's log.
    /// </summary>
    public Task SettleOutputAsync(TimeSpan limit) => output.SettleAsync(limit);

    /// <summary>Ends the whole group: asks, waits, kills; returns when the process is reaped. Harmless to repeat.</summary>
    /// <param name="grace">Between asking and killing; zero kills at once.</param>
    public async Task StopAsync(TimeSpan grace)
    {
        if (grace > TimeSpan.Zero && !Exited.IsCompleted)
        {
            Signal(ProcessGroup.Terminate);
            await Task.WhenAny(Exited, Task.Delay(grace));
        }

        // Also after its exit: children of it may live on in the group.
        Signal(ProcessGroup.Kill);
        await Exited.WaitAsync(ReapLimit);
        await drained;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero);
        process.Dispose();
        output.Dispose();
    }

    private void Signal(Action<int> send)
    {
        if (SetSid is not null)
            send(Pid);
        else if (!Exited.IsCompleted)
            process.Kill(entireProcessTree: true);
    }

    private async Task<int> WaitForExitAsync()
    {
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    private async Task DrainAsync()
    {
        await Exited;

        // A grandchild may hold the pipes open: what the process itself printed is in them by now, so reading on for ever is pointless.
        await Task.WhenAny(output.Ended, Task.Delay(OutputGrace));
        output.Stop();
        await output.Ended;
    }
}
