using System.Globalization;
using Microsoft.Extensions.Logging;
using Workers.Jobs;
using Workers.Jobs.Engines;
using Workers.Jobs.Nodes;
using Workers.Node.Protocol;
using Workers.Node.Workers;

namespace Workers.Node.Pools;

/// <summary>The workers of one engine on this node: keeps as many as the engine wants, hands out idle ones, recycles old ones.</summary>
internal sealed partial class Pool : IAsyncDisposable
{
    private const string SpareName = "b"; // A slot's worker and its successor take turns: blender-1, blender-1b, blender-1 …

    private readonly WorkerHost host;
    private readonly Action onChange;
    private readonly ILogger<Pool> logger;
    private readonly Lock gate = new();
    private readonly List<(Worker Worker, Task Life)> workers = [];
    private readonly Replacement replacement = new();

    // The one that was used last at the end. A job whose file one of them holds goes to that one, whichever is reserved.
    private readonly List<Worker> idle = [];
    private readonly HashSet<Worker> reserved = [];
    private readonly Dictionary<Worker, int> shared = []; // With the calls of async functions that each has, or is about to get.
    private readonly WakeSignal idleSignal = new();
    private Hello? lastHello;
    private EngineReport? announced; // From the newest hello and warm-up; stays when that process is gone, so that the engine stays known.
    private volatile bool hasBeenReady;
    private bool stopping;

    /// <summary>Makes the pool; <see cref="Start"/> starts its workers.</summary>
    /// <param name="host">What all workers share.</param>
    /// <param name="specification">The engine.</param>
    /// <param name="onChange">Called after each change that a report would show; must be quick.</param>
    public Pool(WorkerHost host, EngineSpecification specification, Action onChange)
    {
        this.host = host;
        this.onChange = onChange;
        Specification = specification;
        logger = host.Loggers.CreateLogger<Pool>();
    }

    /// <summary>The engine.</summary>
    public EngineSpecification Specification { get; }

    /// <summary>After how long who waits for a worker looks without being woken.</summary>
    public TimeSpan LookAgain { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Starts all workers; returns at once.</summary>
    public void Start()
    {
        lock (gate)
        {
            for (var slot = 1; slot <= Specification.Workers; slot++)
                Add(slot, NameOf(slot));
        }
    }

    /// <summary>
    /// Waits for an idle worker and takes it out of the idle ones; while there is none, for room on a shared one (see <see cref="IsShared"/>).
    /// Give it back with <see cref="Release"/>. For one loop only.
    /// </summary>
    public async Task<Worker> ReserveAsync(CancellationToken cancellation)
    {
        while (true)
        {
            if (TakeIdle() is { } worker)
                return worker;
            await WaitForRoomAsync(LookAgain, cancellation);
        }
    }

    /// <summary>Waits until a worker has become idle or has room again. For one loop only.</summary>
    public Task WaitForRoomAsync(TimeSpan longest, CancellationToken cancellation) => idleSignal.WaitAsync(longest, cancellation);

    /// <summary>Whether a reserved worker has calls of async functions beside this reservation: only such a call may be made on it.</summary>
    public bool IsShared(Worker worker)
    {
        lock (gate) return shared.ContainsKey(worker);
    }

    /// <summary>Whether the worker of that name is reserved or shared.</summary>
    public bool IsTaken(string name)
    {
        lock (gate) return reserved.Concat(shared.Keys).Any(worker => worker.Name == name);
    }

    /// <summary>Lets others in beside a reserved worker's call, where it is of an async function. Harmless to repeat.</summary>
    public void Share(Worker worker, string function)
    {
        lock (gate)
        {
            if (worker.Room > 1 && worker.IsAsync(function) && reserved.Remove(worker))
                shared.Add(worker, 1);
        }
    }

    /// <summary>The idle workers with a file open, the reserved one first.</summary>
    public IReadOnlyList<FileHolder> Holders(Worker reservedOne)
    {
        lock (gate) return [.. idle.Prepend(reservedOne).Select(worker => worker.Holding).OfType<FileHolder>()];
    }

    /// <summary>The idle workers, the one that was used last at the end.</summary>
    public IReadOnlyList<Worker> Idle()
    {
        lock (gate) return [.. idle];
    }

    /// <summary>Reserves the worker of that name, or gives null where it is not idle.</summary>
    public Worker? TryReserve(string? name)
    {
        lock (gate)
        {
            var found = idle.Find(worker => worker.Name == name && worker.State == WorkerState.Ready);
            if (found is not null && idle.Remove(found))
                reserved.Add(found);
            return found;
        }
    }

    /// <summary>Reserves the idle worker of that name instead, and releases the other; keeps that one when the named is idle no more.</summary>
    public Worker Exchange(Worker reservedOne, string? name)
    {
        if (reservedOne.Name == name || TryReserve(name) is not { } other)
            return reservedOne;
        if (PutBack(reservedOne))
            idleSignal.Pulse();
        return other;
    }

    /// <summary>Gives a worker back, to be handed out again; one that is due is replaced, and goes on serving until its successor is warm.</summary>
    public void Release(Worker worker)
    {
        if (GiveBack(worker, used: true))
            idleSignal.Pulse();
    }

    /// <summary>The same for one that got no call: whoever reserves knows, and is not woken by it. True: it has room.</summary>
    public bool PutBack(Worker worker) => GiveBack(worker, used: false);

    private bool GiveBack(Worker worker, bool used)
    {
        if (StillHasCalls(worker))
            return true;
        if (worker.RecycleReason is { } reason)
            Recycle(worker, reason);
        if (!IsLeaving(worker))
            return Offer(worker, used);
        worker.Drain();
        return false;
    }

    /// <summary>Replaces a worker: by hand. One in quarantine is started at once instead. False: not of this pool.</summary>
    public bool Recycle(string id)
    {
        if (Workers().FirstOrDefault(worker => worker.Id == id) is not { } found)
            return false;
        if (found.State is WorkerState.Quarantined or WorkerState.Faulted)
            found.Wake();
        else
        {
            found.AskToRecycle();
            Recycle(found, found.RecycleReason);
        }

        return true;
    }

    /// <summary>Looks after workers that are due, and notes everybody's memory. Called with each heartbeat.</summary>
    /// <param name="memory">Resident bytes by process group.</param>
    public void Tend(IReadOnlyDictionary<int, long> memory)
    {
        foreach (var worker in Workers())
        {
            if (worker.Pid is { } pid && memory.TryGetValue(pid, out var bytes))
                worker.NoteMemory(bytes);
            Recycle(worker, worker.RecycleReason);
        }
    }

    /// <summary>All its workers, by name.</summary>
    public IReadOnlyList<Worker> Workers()
    {
        lock (gate) return [.. workers.Select(entry => entry.Worker)];
    }

    /// <summary>Process groups of the living workers.</summary>
    public IEnumerable<int> Groups() => Workers().Select(worker => worker.Pid).OfType<int>();

    /// <summary>Whether it can serve.</summary>
    public PoolState State() => PoolState.Of(Specification, Workers(), hasBeenReady);

    /// <summary>What the node reports of the engine.</summary>
    public EngineReport ReportEngine()
    {
        var (available, reason) = State();
        var serving = Workers();
        lock (gate)
        {
            var report = announced ?? new EngineReport { Name = Specification.Name };
            return report with
            {
                Builds = EngineAnnouncement.Builds(serving, report.Builds),
                Available = available,
                Reason = reason,
                Size = Specification.Workers,
                CallTimeoutSeconds = Specification.CallTimeoutSeconds,
            };
        }
    }

    /// <summary>What the node reports of the workers.</summary>
    public IEnumerable<WorkerReport> ReportWorkers() => Workers().Select(worker => worker.Report());

    /// <summary>Drains all workers and waits for their end. The calls that run go on: who wants them to end cancels them.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (gate)
        {
            stopping = true;
            idle.Clear();
        }

        foreach (var worker in Workers())
            worker.Drain();
        List<Task> lives; // None is added any more.
        lock (gate) lives = [.. workers.Select(entry => entry.Life)];
        await Task.WhenAll(lives);
        idleSignal.Dispose();
    }

    private string NameOf(int slot) => string.Create(CultureInfo.InvariantCulture, $"{Specification.Name}-{slot}");

    private Worker Add(int slot, string name)
    {
        var worker = new Worker(host, Specification, slot, name, OnChange);
        workers.Add((worker, KeepAsync(worker)));
        workers.Sort((one, other) => string.CompareOrdinal(one.Worker.Name, other.Worker.Name));
        return worker;
    }

    private async Task KeepAsync(Worker worker)
    {
        await Task.Yield(); // Add holds the lock.
        await worker.RunAsync();
        lock (gate)
        {
            idle.Remove(worker);
            workers.RemoveAll(entry => entry.Worker == worker && !stopping); // Who stops the pool waits for all of them.
            worker.Dispose();
            if (replacement.Forget(worker) || stopping)
                return;
            Add(worker.Slot, worker.Name);
        }

        onChange();
    }

    private void OnChange(Worker worker)
    {
        if (worker.State == WorkerState.Ready || worker.ProgramMissing)
            Announce(worker);
        if (worker.State == WorkerState.Ready)
        {
            hasBeenReady = true;
            LetGoFor(worker);
            if (Offer(worker, used: true))
                idleSignal.Pulse();
        }

        onChange();
    }

    private void Announce(Worker worker)
    {
        if (worker.Hello is not { } hello)
            return;
        lock (gate)
        {
            if (ReferenceEquals(hello, lastHello))
                return;
            lastHello = hello;
            announced = EngineAnnouncement.Of(Specification.Name, hello, worker.Found);
        }
    }

    // One that is reserved is offered when it is released.
    private bool Offer(Worker worker, bool used)
    {
        lock (gate)
        {
            if (stopping || worker.State != WorkerState.Ready || reserved.Contains(worker) || shared.ContainsKey(worker) || idle.Contains(worker)
                || replacement.IsLeaving(worker))
                return false;
            // Where nothing came for it, it is handed out next again.
            idle.Insert(used || !HoldsProvenFile(worker) ? idle.Count : 0, worker);
            return true;
        }
    }

    // Whose file, if any, is missed least: that of none, one that was asked for once (previews come and go), or else the one asked for least recently.
    private Worker? TakeIdle()
    {
        lock (gate)
        {
            idle.RemoveAll(worker => worker.State != WorkerState.Ready);
            var worker = idle.FindLast(worker => worker.Holding is null) ?? idle.FindLast(worker => !HoldsProvenFile(worker)) ?? idle.FirstOrDefault();
            if (worker is null)
                return TakeShared();
            idle.Remove(worker);
            reserved.Add(worker);
            return worker;
        }
    }

    private static bool HoldsProvenFile(Worker worker) => worker.Holding is { File: var file } && file == worker.ProvenFile;

    // The one with the most room; one that is due for recycling gets no more, so that it becomes idle.
    private Worker? TakeShared()
    {
        if (stopping)
            return null;
        var worker = shared.Where(entry => entry.Value < entry.Key.Room && entry.Key is { State: WorkerState.Ready or WorkerState.Busy, RecycleReason: null })
            .OrderBy(entry => entry.Value).Select(entry => entry.Key).FirstOrDefault();
        if (worker is not null)
            shared[worker]++;
        return worker;
    }

    // Takes one call of a worker off the books.
    private bool StillHasCalls(Worker worker)
    {
        lock (gate)
        {
            if (!shared.TryGetValue(worker, out var calls) || calls == 1)
            {
                shared.Remove(worker);
                reserved.Remove(worker);
                return false;
            }

            shared[worker] = calls - 1;
            return true;
        }
    }

    private bool IsLeaving(Worker worker)
    {
        lock (gate) return replacement.IsLeaving(worker);
    }

    // Starts its successor; the next due one waits until that is warm.
    private void Recycle(Worker worker, string? reason)
    {
        lock (gate)
        {
            if (reason is null || stopping || replacement.IsUnderWay || replacement.IsLeaving(worker))
                return;
            var name = NameOf(worker.Slot);
            replacement.Begin(worker, Add(worker.Slot, worker.Name == name ? name + SpareName : name));
        }

        LogRecycling(worker.Id, reason);
    }

    // A successor is warm: the old one goes, at once where it has nothing to do, else when it is released.
    private void LetGoFor(Worker ready)
    {
        Worker? old;
        bool isFree;
        lock (gate)
        {
            old = replacement.Complete(ready);
            if (old is null)
                return;
            idle.Remove(old);
            isFree = !reserved.Contains(old) && !shared.ContainsKey(old);
        }

        if (isFree)
            old.Drain();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Replacing worker {Worker}, which serves until its successor is warm: {Reason}")]
    private partial void LogRecycling(string worker, string reason);
}
