using System.Collections.Concurrent;
using Workers.Jobs;
using Workers.Node.Processes;
using Workers.Node.Protocol;

namespace Workers.Node.Workers;

/// <summary>One warm process and its connection: from a good warm-up to its end. Which calls may run side by side is its owner's to know.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private static readonly TimeSpan ShutdownGrace = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan TerminateGrace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FailureSettle = TimeSpan.FromMilliseconds(10);

    // Never reached but on a machine that stands still: what has to be waited for is a pipe's content, already printed, on its way to memory.
    private static readonly TimeSpan SettleLimit = TimeSpan.FromSeconds(5);

    // A process that dies takes its connection along at once; its exit status follows within moments (on a busy machine, long ones) and tells more.
    private static readonly TimeSpan ExitStatusGrace = TimeSpan.FromSeconds(2);

    private readonly ChildProcess child;
    private readonly WorkerConnection connection;
    private readonly WorkerOutput output;
    private readonly Action cleanUp;
    private readonly TaskCompletionSource<string> faulted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<long, RunningCall> running = new();
    private long calls;

    /// <summary>Takes over a process that has said hello.</summary>
    public WorkerProcess(ChildProcess child, WorkerConnection connection, Hello hello, WorkerOutput output, Action cleanUp)
    {
        this.child = child;
        this.connection = connection;
        this.output = output;
        this.cleanUp = cleanUp;
        Hello = hello;
        connection.Start(OnNotice);
        Watching = WatchAsync();
    }

    /// <summary>Ends, with the reason, when the process cannot be used any more.</summary>
    public Task<string> Faulted => faulted.Task;

    /// <summary>What it said of itself.</summary>
    public Hello Hello { get; }

    /// <summary>What its warm-up made known.</summary>
    public WarmUpResult? Found { get; private set; }

    /// <summary>Process id, and id of its group.</summary>
    public int Pid => child.Pid;

    /// <summary>Calls it was given.</summary>
    public long Calls => Volatile.Read(ref calls);

    /// <summary>When it became ready.</summary>
    public DateTimeOffset ReadyAt { get; } = DateTimeOffset.UtcNow;

    /// <summary>Its newest status.</summary>
    public StatusNotice? Status { get; private set; }

    private Task Watching { get; }

    /// <summary>Notes what the warm-up found.</summary>
    public void SetFound(WarmUpResult found) => Found = found;

    /// <summary>Runs one call to its end, whatever that is.</summary>
    /// <param name="call">What to do.</param>
    /// <param name="limits">How long it may take.</param>
    /// <param name="hears">Hears what it says meanwhile.</param>
    /// <param name="stop">Ends the call; the process stays when it ends within the grace.</param>
    public async Task<CallOutcome> CallAsync(Call call, CallLimits limits, CallObserver hears, CancellationToken stop)
    {
        var first = Interlocked.Increment(ref calls) == 1;
        var run = new RunningCall(hears);
        output.Attach(hears.Log);
        try
        {
            var outcome = await RunAsync(run, call, limits, first, stop);

            // A failure's traceback may just be on its way from the pipe to the log, where no system call can see it.
            if (outcome is CallOutcome.Failed)
                await Task.WhenAny(child.Exited, Task.Delay(FailureSettle, CancellationToken.None));
            await child.SettleOutputAsync(SettleLimit);
            return outcome;
        }
        finally
        {
            running.TryRemove(run.Id, out _);
            output.Detach(hears.Log);
        }
    }

    /// <summary>Declares it unusable; its owner then disposes it.</summary>
    public void Fault(string reason) => faulted.TrySetResult(reason);

    /// <summary>Asks it to finish and exit, and makes sure that it did.</summary>
    public async Task ShutDownAsync()
    {
        var said = connection.NotifyAsync(Methods.Shutdown, CancellationToken.None);
        await Task.WhenAny(child.Exited, Task.Delay(ShutdownGrace));
        await child.StopAsync(TerminateGrace);
        await connection.DisposeAsync();
        await said;
    }

    /// <summary>Kills what still lives of its group, reaps it and removes its files.</summary>
    public async ValueTask DisposeAsync()
    {
        await child.DisposeAsync();
        await connection.DisposeAsync();
        await Watching;
        cleanUp();
    }

    private async Task<CallOutcome> RunAsync(RunningCall run, Call call, CallLimits limits, bool first, CancellationToken stop)
    {
        var reply = connection.RequestAsync(
            Methods.Call,
            call,
            ProtocolJson.Default.Call,
            ProtocolJson.Default.CallReply,
            CancellationToken.None,
            id => running[run.Id = id] = run);
        var started = Environment.TickCount64;
        try
        {
            while (true)
            {
                var now = Environment.TickCount64;
                var untilDeadline = limits.Deadline - TimeSpan.FromMilliseconds(now - started);
                var untilStall = limits.Stall - TimeSpan.FromMilliseconds(now - Math.Max(run.LastNotice, output.LastWritten));
                if (untilDeadline <= TimeSpan.Zero)
                    return await EndAsync(run, reply, limits, DeadlineOver(limits));
                if (untilStall <= TimeSpan.Zero)
                    return await StalledAsync(run, reply, limits);
                try
                {
                    var wait = untilDeadline < untilStall ? untilDeadline : untilStall;
                    var result = await reply.WaitAsync(wait + TimeSpan.FromMilliseconds(1), stop);
                    return new CallOutcome.Delivered(result, first && result.Warm == "process" ? "cold" : result.Warm, Found?.Build);
                }
                catch (TimeoutException)
                {
                    // One of the two clocks is over, or there were signs of life: look again.
                }
            }
        }
        catch (OperationCanceledException)
        {
            return await EndAsync(run, reply, limits, new CallOutcome.Canceled());
        }
        catch (RpcException error)
        {
            return Refused(error.Error);
        }
        catch (Exception error) when (error is ProtocolException or ConnectionEndedException)
        {
            return await BrokenAsync(error);
        }
    }

    /// <summary>Cancels the call and waits for its reply; a worker that does not give it within the grace is faulted.</summary>
    private async Task<CallOutcome> EndAsync(RunningCall run, Task<CallReply> reply, CallLimits limits, CallOutcome outcome)
    {
        var cancel = connection.RequestAsync(
            Methods.Cancel,
            new Cancel(run.Id),
            ProtocolJson.Default.Cancel,
            ProtocolJson.Default.CancelReply,
            CancellationToken.None);
        try
        {
            await Task.WhenAll(reply, cancel).WaitAsync(limits.CancelGrace);
        }
        catch (TimeoutException)
        {
            Fault($"Its call did not end within {limits.CancelGrace.TotalSeconds:0.###} s after cancel.");
        }
        catch (RpcException)
        {
            // Usually "canceled"; any reply ends the call.
        }
        catch (Exception error) when (error is ProtocolException or ConnectionEndedException)
        {
            await BrokenAsync(error);
        }

        return outcome;
    }

    private static CallOutcome.Failed DeadlineOver(CallLimits limits) =>
        new(new JobFailure(
            FailureKinds.Deadline,
            $"The attempt ran longer than its {limits.Deadline.TotalSeconds:0.###} s; give it a larger timeoutSeconds, or less to do."));

    // One among several may hang alone: where it ends when it is asked to, the others go on.
    private async Task<CallOutcome> StalledAsync(RunningCall run, Task<CallReply> reply, CallLimits limits)
    {
        var message = $"The worker gave no sign of life for {limits.Stall.TotalSeconds:0.###} s.";
        var outcome = new CallOutcome.Failed(new JobFailure(FailureKinds.Stalled, message, Retryable: true));
        if (running.Count > 1)
            return await EndAsync(run, reply, limits, outcome);
        Fault(message);
        return outcome;
    }

    private CallOutcome.Failed Refused(RpcError error)
    {
        if (error.Code != ErrorCodes.CallFailed)
        {
            var message = $"The worker did not understand the call ({error.Code}: {error.Message}).";
            Fault(message);
            return new CallOutcome.Failed(new JobFailure(FailureKinds.EngineCrashed, message, Retryable: true));
        }

        var kind = error.Data?.Kind switch
        {
            ErrorKinds.InvalidInput => FailureKinds.InvalidInput,
            ErrorKinds.Deadline => FailureKinds.Deadline,
            _ => FailureKinds.EngineError, // "canceled" as well: nobody had asked for it.
        };
        return new CallOutcome.Failed(new JobFailure(kind, error.Message, error.Data?.Retryable ?? false, error.Data?.Pointer));
    }

    private async Task<CallOutcome> BrokenAsync(Exception error)
    {
        var message = await ReasonAsync(error);
        Fault(message);
        return new CallOutcome.Failed(new JobFailure(FailureKinds.EngineCrashed, message, Retryable: true));
    }

    private async Task<string> ReasonAsync(Exception error)
    {
        if (error is ProtocolException)
            return error.Message;
        await Task.WhenAny(child.Exited, Task.Delay(ExitStatusGrace));
        return child.Exited.IsCompleted ? ExitText(await child.Exited) : error.Message;
    }

    private static string ExitText(int status) => status switch
    {
        137 => "The worker's process was ended by signal 9 (by hand, or by the system for want of memory).",
        > 128 => $"The worker's process was ended by signal {status - 128}.",
        _ => $"The worker's process ended with exit status {status}.",
    };

    private async Task WatchAsync()
    {
        await Task.WhenAny(child.Exited, connection.Ended);
        Fault(child.Exited.IsCompleted ? ExitText(await child.Exited) : await ReasonAsync(await connection.Ended));
    }

    private void OnNotice(WorkerNotice notice)
    {
        switch (notice)
        {
            case ProgressNotice progress when running.TryGetValue(progress.Call, out var run):
                run.LastNotice = Environment.TickCount64;
                run.Hears.Progress(progress);
                break;
            case SnapshotNotice snapshot when running.TryGetValue(snapshot.Call, out var run):
                run.LastNotice = Environment.TickCount64;
                run.Hears.Snapshot(snapshot);
                break;
            case StatusNotice status:
                Status = status;
                break;
        }
    }

    /// <summary>A call that runs.</summary>
    private sealed class RunningCall(CallObserver hears)
    {
        private long lastNotice = Environment.TickCount64;

        /// <summary>Who hears it.</summary>
        public CallObserver Hears { get; } = hears;

        /// <summary>Its request's id; 0 until it is made.</summary>
        public long Id { get; set; }

        /// <summary>When it last said something of itself, in <see cref="Environment.TickCount64"/>.</summary>
        public long LastNotice
        {
            get => Volatile.Read(ref lastNotice);
            set => Volatile.Write(ref lastNotice, value);
        }
    }
}
