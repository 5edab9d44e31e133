using Workers.Jobs;
using Workers.Jobs.Engines;
using Workers.Node.Protocol;

namespace Workers.Node.Workers;

/// <summary>How a call ended: a closed set.</summary>
internal abstract record CallOutcome
{
    private CallOutcome()
    {
    }

    /// <summary>The function answered.</summary>
    /// <param name="Reply">Its result.</param>
    /// <param name="Warm"><c>cold</c>, <c>process</c> or <c>file</c>.</param>
    /// <param name="Build">Digest of the build of the engine that ran it, where known.</param>
    public sealed record Delivered(CallReply Reply, string Warm, string? Build) : CallOutcome;

    /// <summary>The function refused or raised, its time was over, or the worker broke; the failure's kind tells which.</summary>
    public sealed record Failed(JobFailure Failure) : CallOutcome;

    /// <summary>The caller asked for the end, and the call has ended.</summary>
    public sealed record Canceled : CallOutcome;

    /// <summary>The worker could take no call any more; nothing was begun.</summary>
    public sealed record NotBegun : CallOutcome;
}

/// <summary>How long a call may take.</summary>
/// <param name="Deadline">From its start.</param>
/// <param name="Stall">Without a sign of life.</param>
/// <param name="CancelGrace">From cancel to the call's reply.</param>
internal readonly record struct CallLimits(TimeSpan Deadline, TimeSpan Stall, TimeSpan CancelGrace)
{
    /// <summary>As an engine has them.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="timeoutSeconds">The call's own deadline in seconds; null: the engine's.</param>
    public static CallLimits Of(EngineSpecification engine, double? timeoutSeconds = null) => new(
        TimeSpan.FromSeconds(timeoutSeconds ?? engine.CallTimeoutSeconds),
        TimeSpan.FromSeconds(engine.StallTimeoutSeconds),
        TimeSpan.FromSeconds(engine.CancelGraceSeconds));
}

/// <summary>Who hears what a call says while it runs. The actions are called on the connection's reading thread and must be quick.</summary>
/// <param name="Progress">Each progress notice.</param>
/// <param name="Snapshot">Each snapshot notice.</param>
/// <param name="Log">Takes what the process prints.</param>
internal sealed record CallObserver(Action<ProgressNotice> Progress, Action<SnapshotNotice> Snapshot, OutputRing Log);
