namespace Workers.Node.Workers;

/// <summary>Where a worker stands.</summary>
public enum WorkerState
{
    /// <summary>Its process is being started, greeted and warmed up.</summary>
    Starting,

    /// <summary>Warm and idle.</summary>
    Ready,

    /// <summary>A call runs, or several of async functions.</summary>
    Busy,

    /// <summary>Gets no more calls; ends when the running one has.</summary>
    Draining,

    /// <summary>Over.</summary>
    Stopped,

    /// <summary>Its process died, hung or broke the protocol; another is started after a back-off.</summary>
    Faulted,

    /// <summary>It failed again and again: tried anew by hand, or after a time.</summary>
    Quarantined,
}

/// <summary>What can happen to a worker.</summary>
public enum WorkerTrigger
{
    /// <summary>Handshake and warm-up have succeeded.</summary>
    WarmedUp,

    /// <summary>A call begins; another one, where all are of async functions.</summary>
    CallStarted,

    /// <summary>The last call that ran was answered.</summary>
    CallEnded,

    /// <summary>No more calls, please: recycling, or the node stops.</summary>
    Drain,

    /// <summary>The process has ended as it was asked to.</summary>
    Exited,

    /// <summary>The process died, hung, broke the protocol, or could not be started.</summary>
    Fault,

    /// <summary>A process is started anew.</summary>
    Restart,

    /// <summary>It faulted too often within a short time.</summary>
    CrashLoop,

    /// <summary>It is not wanted any more.</summary>
    Stop,
}

/// <summary>Names of <see cref="WorkerState"/>.</summary>
public static class WorkerStates
{
    /// <summary>The state's name on the wire.</summary>
    public static string Wire(this WorkerState state) => state switch
    {
        WorkerState.Starting => "starting",
        WorkerState.Ready => "ready",
        WorkerState.Busy => "busy",
        WorkerState.Draining => "draining",
        WorkerState.Stopped => "stopped",
        WorkerState.Faulted => "faulted",
        WorkerState.Quarantined => "quarantined",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "Not a worker state."),
    };
}
