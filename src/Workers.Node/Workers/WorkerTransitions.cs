using System.Collections.Frozen;

namespace Workers.Node.Workers;

/// <summary>The worker's state chart as data: the one place where it is written. ARCHITECTURE.md's picture is tested against it.</summary>
public static class WorkerTransitions
{
    /// <summary>Every allowed transition. What is not here is refused.</summary>
    public static readonly FrozenDictionary<(WorkerState From, WorkerTrigger Trigger), WorkerState> Table = Build().ToFrozenDictionary();

    /// <summary>The state after <paramref name="trigger"/>, or null when the table refuses it.</summary>
    public static WorkerState? Next(WorkerState state, WorkerTrigger trigger) => Table.TryGetValue((state, trigger), out var next) ? next : null;

    private static Dictionary<(WorkerState From, WorkerTrigger Trigger), WorkerState> Build() => new()
    {
        [(WorkerState.Starting, WorkerTrigger.WarmedUp)] = WorkerState.Ready,
        [(WorkerState.Starting, WorkerTrigger.Drain)] = WorkerState.Draining,
        [(WorkerState.Starting, WorkerTrigger.Fault)] = WorkerState.Faulted,

        [(WorkerState.Ready, WorkerTrigger.CallStarted)] = WorkerState.Busy,
        [(WorkerState.Ready, WorkerTrigger.Drain)] = WorkerState.Draining,
        [(WorkerState.Ready, WorkerTrigger.Fault)] = WorkerState.Faulted,

        [(WorkerState.Busy, WorkerTrigger.CallStarted)] = WorkerState.Busy,
        [(WorkerState.Busy, WorkerTrigger.CallEnded)] = WorkerState.Ready,
        [(WorkerState.Busy, WorkerTrigger.Drain)] = WorkerState.Draining,
        [(WorkerState.Busy, WorkerTrigger.Fault)] = WorkerState.Faulted,

        [(WorkerState.Draining, WorkerTrigger.CallEnded)] = WorkerState.Draining,
        [(WorkerState.Draining, WorkerTrigger.Exited)] = WorkerState.Stopped,
        [(WorkerState.Draining, WorkerTrigger.Fault)] = WorkerState.Faulted,

        [(WorkerState.Faulted, WorkerTrigger.Restart)] = WorkerState.Starting,
        [(WorkerState.Faulted, WorkerTrigger.CrashLoop)] = WorkerState.Quarantined,
        [(WorkerState.Faulted, WorkerTrigger.Stop)] = WorkerState.Stopped,

        [(WorkerState.Quarantined, WorkerTrigger.Restart)] = WorkerState.Starting,
        [(WorkerState.Quarantined, WorkerTrigger.Stop)] = WorkerState.Stopped,
    };
}
