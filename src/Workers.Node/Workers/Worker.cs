using Microsoft.Extensions.Logging;
using Workers.Jobs;
using Workers.Jobs.Engines;
using Workers.Jobs.Nodes;
using Workers.Node.Protocol;

namespace Workers.Node.Workers;

/// <summary>
/// One place in a pool: keeps a warm process in it, whatever happens to processes, until it is drained. Every change of its state goes through
/// <see cref="WorkerTransitions"/>.
/// </summary>
internal sealed partial class Worker : IDisposable
{
    private const int FailingStarts = 2;
    private const int MaxReference = 4_096;

    private readonly WorkerHost host;
    private readonly EngineSpecification specification;
    private readonly Action<Worker> onChange;
    private readonly ILogger<Worker> logger;
    private readonly FaultHistory faults;
    private readonly CancellationTokenSource drain = new();
    private readonly SemaphoreSlim wake = new(0, 1);
    private readonly Lock gate = new();
    private TaskCompletionSource callOver = CompletedSource();
    private readonly TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile WorkerProcess? process;
    private volatile Hello? unable;
    private volatile bool askedToRecycle;
    private WorkerState state = WorkerState.Starting;
    private string? lastFailure;
    private long starts;
    private int failedStarts;
    private long residentBytes;
    private readonly List<string> running = []; // Jobs, oldest first.
    private bool isAlone;

    /// <summary>Makes the place; <see cref="RunAsync"/> brings it to life.</summary>
    /// <param name="host">What all workers share.</param>
    /// <param name="specification">Its engine.</param>
    /// <param name="slot">Its number in the pool, from 1; a worker and its successor have the same.</param>
    /// <param name="name">Its name on this node.</param>
    /// <param name="onChange">Called after each change of state, outside any lock; must be quick.</param>
    public Worker(WorkerHost host, EngineSpecification specification, int slot, string name, Action<Worker> onChange)
    {
        this.host = host;
        this.specification = specification;
        this.onChange = onChange;
        Slot = slot;
        Name = name;
        Id = $"{host.Node}.{Name}";
        logger = host.Loggers.CreateLogger<Worker>();
        faults = new FaultHistory(host.Policy, TimeProvider.System);
    }

    /// <summary>Its number in the pool.</summary>
    public int Slot { get; }

    /// <summary>Its name on this node, e.g. <c>blender-1</c>.</summary>
    public string Name { get; }

    /// <summary>Its id within the installation, e.g. <c>n1.blender-1</c>.</summary>
    public string Id { get; }

    /// <summary>Where it stands.</summary>
    public WorkerState State
    {
        get
        {
            lock (gate) return state;
        }
    }

    /// <summary>Process id of the living process, or null.</summary>
    public int? Pid => process?.Pid;

    /// <summary>What the living process said of itself; else the one that found something missing; or null.</summary>
    public Hello? Hello => process?.Hello ?? unable;

    /// <summary>How many calls of async functions it may run side by side.</summary>
    public int Room => Math.Min(specification.Concurrency, process?.Hello.Concurrency ?? 1);

    /// <summary>What the living process's warm-up made known.</summary>
    public WarmUpResult? Found => process?.Found;

    /// <summary>Identity of the file that the living process holds open.</summary>
    public string? OpenFile => process?.Status?.File;

    /// <summary>The file that it holds open, as a job's input names it, or null.</summary>
    public FileHolder? Holding
    {
        get
        {
            // The worker said it: only what a reference may look like is passed on.
            if (process is not { Status.File: { Length: <= MaxReference } file } living || file.Any(char.IsControl))
                return null;
            return new FileHolder(Name, living.Pid, AssetIdentity.ReferenceOf(file));
        }
    }

    /// <summary>The file that was asked for again while it held it, or is to be kept; whoever hands out jobs says so.</summary>
    public string? ProvenFile { get; set; }

    /// <summary>Whether the last start failed because the program, or something that it needs, is not installed.</summary>
    public bool ProgramMissing { get; private set; }

    /// <summary>Whether it cannot be counted on: no start has succeeded since several failed. (A single fault is over in moments.)</summary>
    public bool IsFailing => ProgramMissing || Volatile.Read(ref failedStarts) >= FailingStarts;

    /// <summary>What went wrong last.</summary>
    public string? LastFailure => Volatile.Read(ref lastFailure);

    /// <summary>An operator wants it replaced.</summary>
    public void AskToRecycle() => askedToRecycle = true;

    /// <summary>Why it should be replaced, or null.</summary>
    public string? RecycleReason
    {
        get
        {
            if (process is not { } living)
                return null;
            if (askedToRecycle)
                return "an operator asked for it";
            var age = DateTimeOffset.UtcNow - living.ReadyAt;
            if (living.Calls >= specification.RecycleCalls)
                return $"it has served {living.Calls} calls";
            if (age.TotalSeconds >= specification.RecycleAgeSeconds)
                return $"it is {age.TotalSeconds:0} s old";
            return residentBytes >= specification.RecycleMemoryBytes ? $"it holds {residentBytes} bytes of memory" : null;
        }
    }

    /// <summary>Lives until it is drained. Run it once; it never fails.</summary>
    public async Task RunAsync()
    {
        while (true)
        {
            var fault = await LiveAsync();
            if (fault is null)
                return;
            Volatile.Write(ref lastFailure, fault);
            if (!await RestAsync())
                return;
            Apply(WorkerTrigger.Restart);
        }
    }

    /// <summary>Whether calls of the function run side by side, as far as the living process says.</summary>
    public bool IsAsync(string function) => process?.Hello.Functions.FirstOrDefault(known => known.Name == function) is { Async: true };

    /// <summary>No more calls; it stops when the running ones are over. Harmless to repeat.</summary>
    public void Drain()
    {
        Apply(WorkerTrigger.Drain);
        drained.TrySetResult();
        try
        {
            drain.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended.
        }
    }

    /// <summary>Only after <see cref="RunAsync"/> has ended.</summary>
    public void Dispose()
    {
        drain.Dispose();
        wake.Dispose();
    }

    /// <summary>Starts anew at once where it waits in quarantine or back-off.</summary>
    public void Wake()
    {
        lock (gate)
        {
            if (state != WorkerState.Stopped && wake.CurrentCount == 0)
                wake.Release();
        }
    }

    /// <summary>Notes the resident memory of its process group.</summary>
    public void NoteMemory(long bytes) => Volatile.Write(ref residentBytes, bytes);

    /// <summary>Runs one call to its end: alone, or beside others where all are of async functions.</summary>
    /// <inheritdoc cref="WorkerProcess.CallAsync"/>
    public async Task<CallOutcome> CallAsync(Call call, CallLimits limits, CallObserver hears, CancellationToken stop)
    {
        if (process is not { } living || !Begin(call))
            return new CallOutcome.NotBegun();
        try
        {
            return await living.CallAsync(call, limits, hears, stop);
        }
        finally
        {
            if (!living.Faulted.IsCompleted)
                faults.Served();
            End(living, call.Job);
        }
    }

    /// <summary>What the node reports of it.</summary>
    public WorkerReport Report()
    {
        var living = process;
        var status = living?.Status;
        return new WorkerReport
        {
            Id = Id,
            Node = host.Node,
            Engine = specification.Name,
            State = State.Wire(),
            Pid = living?.Pid,
            OpenFile = status?.File,
            Jobs = Running(),
            Calls = living?.Calls ?? 0,
            Restarts = Math.Max(0, Volatile.Read(ref starts) - 1),
            ResidentBytes = living is null ? 0 : Volatile.Read(ref residentBytes),
            ReadyAt = living?.ReadyAt,
            LastFailure = LastFailure,
            Loop = status?.Loop,
        };
    }

    /// <summary>One process, from nothing to its end.</summary>
    /// <returns>What went wrong, or null when it was drained.</returns>
    private async Task<string?> LiveAsync()
    {
        Interlocked.Increment(ref starts);
        try
        {
            process = await new WorkerLauncher(host, specification, Name, Slot).StartAsync(drain.Token);
        }
        catch (OperationCanceledException) when (drain.IsCancellationRequested)
        {
            return Stopped();
        }
        catch (Exception error) // Whatever keeps a process from starting, the place must live on and say so.
        {
            ProgramMissing = error is ProgramMissingException;
            unable = (error as ProgramMissingException)?.Hello;
            Interlocked.Increment(ref failedStarts);
            return drain.IsCancellationRequested ? Stopped() : Broke(error.Message);
        }

        ProgramMissing = false;
        unable = null;
        Volatile.Write(ref failedStarts, 0);
        Volatile.Write(ref lastFailure, null);
        LogReady(Id, process.Pid);
        Apply(WorkerTrigger.WarmedUp);
        return await ServeAsync(process);
    }

    private async Task<string?> ServeAsync(WorkerProcess living)
    {
        await Task.WhenAny(living.Faulted, drained.Task);
        if (!living.Faulted.IsCompleted)
            await Task.WhenAny(living.Faulted, CallOver());
        if (living.Faulted.IsCompleted)
        {
            var fault = Broke(await living.Faulted);
            await EndProcessAsync(living);
            return drain.IsCancellationRequested ? Stopped() : fault;
        }

        await living.ShutDownAsync();
        await EndProcessAsync(living);
        return Stopped();
    }

    private async Task EndProcessAsync(WorkerProcess living)
    {
        // The call that runs hears of the fault by itself and is told before the process is killed: what it says to Redis must not wait for that.
        await living.DisposeAsync();
        process = null;
        Volatile.Write(ref residentBytes, 0);
    }

    /// <summary>Waits between a fault and the next start. False: it was drained instead, and is stopped.</summary>
    private async Task<bool> RestAsync()
    {
        TimeSpan pause;
        if (ProgramMissing)
            pause = host.Policy.MissingProgram;
        else if (faults.Add())
        {
            Apply(WorkerTrigger.CrashLoop);
            pause = host.Policy.Quarantine;
            LogQuarantined(Id, pause.TotalSeconds, LastFailure);
        }
        else
            pause = faults.BackOff();

        try
        {
            await wake.WaitAsync(pause, drain.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            Stopped();
            return false;
        }
    }

    private bool Begin(Call call)
    {
        var alone = !IsAsync(call.Function);
        lock (gate)
        {
            if ((running.Count > 0 && (alone || isAlone || running.Count >= Room)) || !Move(WorkerTrigger.CallStarted))
                return false;
            isAlone = alone;
            if (running.Count == 0)
                callOver = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            running.Add(call.Job);
        }

        onChange(this);
        return true;
    }

    private void End(WorkerProcess living, string job)
    {
        lock (gate)
        {
            running.Remove(job);
            if (running.Count > 0)
                return;
            if (process == living && !living.Faulted.IsCompleted)
                Move(WorkerTrigger.CallEnded);
            callOver.TrySetResult();
        }

        onChange(this);
    }

    private List<string> Running()
    {
        lock (gate) return [.. running.Where(job => job.Length > 0)]; // The node's own calls are of none.
    }

    private Task CallOver()
    {
        lock (gate) return callOver.Task;
    }

    private string Broke(string reason)
    {
        LogFaulted(Id, Pid, reason);
        Apply(WorkerTrigger.Fault);
        return reason;
    }

    private string? Stopped()
    {
        // The wish to drain may have come in the moment of a restart, when the table refused it: it still holds.
        Apply(WorkerTrigger.Drain);
        if (!Apply(WorkerTrigger.Exited))
            Apply(WorkerTrigger.Stop);
        return null;
    }

    private bool Apply(WorkerTrigger trigger)
    {
        bool moved;
        lock (gate) moved = Move(trigger);
        if (moved)
            onChange(this);
        return moved;
    }

    private bool Move(WorkerTrigger trigger)
    {
        if (WorkerTransitions.Next(state, trigger) is not { } next)
            return false;
        state = next;
        return true;
    }

    private static TaskCompletionSource CompletedSource()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Worker {Worker} is ready, process {Pid}")]
    private partial void LogReady(string worker, int pid);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Worker {Worker}, process {Pid}, faulted: {Reason}")]
    private partial void LogFaulted(string worker, int? pid, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Worker {Worker} is quarantined for {Seconds} s: it failed again and again. Last: {Reason}")]
    private partial void LogQuarantined(string worker, double seconds, string? reason);
}
