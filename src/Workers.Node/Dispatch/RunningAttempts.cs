using System.Collections.Concurrent;
using Workers.Jobs;

namespace Workers.Node.Dispatch;

/// <summary>All attempts that this node runs, by their lease's token.</summary>
internal sealed class RunningAttempts
{
    private readonly ConcurrentDictionary<string, RunningAttempt> attempts = new();

    /// <summary>Every attempt.</summary>
    public ICollection<RunningAttempt> All => attempts.Values;

    /// <summary>Adds an attempt; <see cref="Remove"/> it when Redis knows its end.</summary>
    public RunningAttempt Add(ClaimedJob claimed)
    {
        var attempt = new RunningAttempt(claimed);
        attempts[claimed.Lease.Token] = attempt;
        return attempt;
    }

    /// <summary>Forgets an attempt.</summary>
    public void Remove(RunningAttempt attempt)
    {
        attempts.TryRemove(attempt.Lease.Token, out _);
        attempt.Dispose();
    }

    /// <summary>Asks the attempts of a job to stop; harmless when there is none.</summary>
    public void Cancel(string jobId)
    {
        foreach (var attempt in attempts.Values)
        {
            if (attempt.Job.Id == jobId)
                attempt.RequestStop(StopReason.Canceled);
        }
    }
}
