using Workers.Jobs;
using Workers.Jobs.Timing;

namespace Workers.Node.Dispatch;

/// <summary>
/// Whether this node should leave an engine's jobs to others for a while, because its own attempts keep failing where nothing is wrong with the jobs: a
/// broken driver, a full disk, a bad installation. It only asks for that: a claim that is held back still gets what nobody else may run. When
/// the time is over, one attempt probes; what becomes of it decides. Safe for several threads.
/// </summary>
internal sealed class HoldBack(TimeProvider time)
{
    /// <summary>So many failures in a row hold the node back.</summary>
    public const int Failures = 3;

    /// <summary>How long at first; each time in a row it is twice as long.</summary>
    public static readonly TimeSpan First = TimeSpan.FromSeconds(5);

    /// <summary>The longest time.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly Lock gate = new();
    private int inARow;
    private int times;
    private DateTimeOffset until;
    private string? probe; // The job that is tried.

    /// <summary>What is reported: failures in a row, and until when it holds back at least (in the past while a probe decides); null: not at all.</summary>
    public (int InARow, DateTimeOffset? Until) State
    {
        get
        {
            lock (gate) return (inARow, inARow < Failures ? null : until);
        }
    }

    /// <summary>Whether claims should be held back now.</summary>
    public bool IsOn
    {
        get
        {
            lock (gate) return inARow >= Failures && (probe is not null || time.GetUtcNow() < until);
        }
    }

    /// <summary>A job begins here.</summary>
    public void Begun(string job)
    {
        lock (gate)
        {
            if (inARow >= Failures && time.GetUtcNow() >= until)
                probe ??= job;
        }
    }

    /// <summary>How an attempt ended. What was refused, canceled or raised says nothing about the node.</summary>
    /// <returns>For how long the node is held back from now on; null: nothing changed about that.</returns>
    public TimeSpan? Ended(string job, AttemptEnding? ending)
    {
        lock (gate)
        {
            probe = probe == job ? null : probe;
            if (ending is AttemptEnding.Completed)
                inARow = times = 0;
            if (ending is not AttemptEnding.Failed { Failure.Kind: FailureKinds.EngineCrashed or FailureKinds.Stalled or FailureKinds.StoreFailed })
                return null;
            inARow++;
            var now = time.GetUtcNow();
            // Those that ran beside the failed ones say nothing new.
            if (inARow < Failures || now < until)
                return null;
            var pause = Doubling.Of(First, Longest, times++);
            until = now + pause;
            return pause;
        }
    }
}
