using Microsoft.Extensions.Logging;
using Workers.Jobs;
using Workers.Jobs.Redis;
using Workers.Jobs.Timing;
using Workers.Node.Maintenance;

namespace Workers.Node.Dispatch;

/// <summary>Tells Redis how an attempt ended, for as long as that takes: writes are repeatable under the lease's token.</summary>
internal sealed partial class AttemptSettler(AttemptStore store, Promoter promoter, BlobCarrier carrier, ILogger<AttemptSettler> logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Writes the end; while Redis is away again and again, until the lease is known to be lost, or until <paramref name="abandon"/>.
    /// </summary>
    /// <returns>What Redis said; <see cref="LeaseOutcome.Lost"/> also when abandoned.</returns>
    public async Task<LeaseOutcome> SettleAsync(RunningAttempt attempt, AttemptEnding ending, CancellationToken abandon)
    {
        for (var failures = 0; ; failures++)
        {
            try
            {
                var outcome = await WriteAsync(attempt, ending);
                Note(attempt, ending, outcome);
                return outcome;
            }
            catch (RedisUnavailableException error)
            {
                LogWaiting(attempt.Job.Id, error.Message);
            }

            await Task.WhenAny(Task.Delay(Doubling.Of(FirstPause, LongestPause, failures), abandon));
            if (abandon.IsCancellationRequested || attempt.Reason == StopReason.LeaseLost)
                return LeaseOutcome.Lost;
        }
    }

    private Task<LeaseOutcome> WriteAsync(RunningAttempt attempt, AttemptEnding ending) => ending switch
    {
        AttemptEnding.Completed completed => store.CompleteAsync(
            attempt.Claimed, completed.Outputs.Result, completed.Outputs.Carried, completed.Keeping, CancellationToken.None),
        AttemptEnding.Failed failed => store.FailAsync(attempt.Lease, failed.Failure, failed.End, failed.BackOff, CancellationToken.None),
        _ => Task.FromResult(LeaseOutcome.Lost),
    };

    private void Note(RunningAttempt attempt, AttemptEnding ending, LeaseOutcome outcome)
    {
        if (outcome == LeaseOutcome.Lost)
            LogDropped(attempt.Job.Id, attempt.Lease.Attempt);
        else if (ending is AttemptEnding.Completed completed)
            carrier.Carry(completed.Outputs.Carried);
        if (ending is not AttemptEnding.Failed failed)
            return;
        LogFailed(attempt.Job.Id, attempt.Lease.Attempt, failed.End, failed.Failure.Kind, failed.Failure.Message);
        if (failed.End == AttemptEnd.Counted)
            promoter.LookAfter(failed.BackOff);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Attempt {Attempt} of job {Job} ended ({End}) with {Kind}: {Reason}")]
    private partial void LogFailed(string job, int attempt, AttemptEnd end, string kind, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Attempt {Attempt} of job {Job} had lost its lease; what came of it is thrown away")]
    private partial void LogDropped(string job, int attempt);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The end of job {Job}'s attempt waits for Redis: {Reason}")]
    private partial void LogWaiting(string job, string reason);
}
