using Microsoft.Extensions.Logging;
using Workers.Jobs;
using Workers.Node.Agent;
using Workers.Node.Pools;

namespace Workers.Node.Dispatch;

/// <summary>
/// Ends what a worker does for a job in no hurry (of a priority below <see cref="Priorities.Normal"/>) when one in a hurry is queued and none was kept
/// free for it, because it is the first for long or there is one worker only (<see cref="KeptFree"/>). The ended job goes back to its place in the
/// queue, uncounted. Little is lost by it: one that has run for long is left alone, and none is ended more than a few times.
/// </summary>
internal sealed partial class Preemption(
    Pool pool, KeptFree keptFree, RunningAttempts attempts, AttemptStore store, NodeIdentity node, ILogger<Preemption> logger) : IDisposable
{
    /// <summary>How often one job is ended for others; then it runs to its end.</summary>
    public const int MostTimes = 3;

    // One job makes one node end something; that one may need its time to end.
    private static readonly TimeSpan AnsweredFor = TimeSpan.FromSeconds(10);

    // Stands behind every hint, because hints may be lost; nothing is asked where nothing runs that may be ended.
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    private readonly WakeSignal wake = new();

    /// <summary>What may be lost: a job that has run for longer goes on.</summary>
    public TimeSpan MostLost { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>A job of that priority may be queued.</summary>
    public void Wake(int priority)
    {
        if (keptFree.IsWanted && priority >= Priorities.Normal)
            wake.Pulse();
    }

    /// <summary>Looks whenever it is woken, and from time to time, until it is stopped.</summary>
    /// <param name="takesJobs">Whether this node would take the job that it makes room for.</param>
    /// <param name="stop">Ends it.</param>
    public async Task RunAsync(Func<bool> takesJobs, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await wake.WaitAsync(LookAgain, stop);
                if (takesJobs() && Running() is { } attempt && await IsWantedAsync(attempt.Job.Id, stop))
                {
                    LogPreempts(attempt.Job.Id, pool.Specification.Name, attempt.Age.TotalSeconds);
                    attempt.RequestStop(StopReason.Preempted);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The node stops.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => wake.Dispose();

    // The one that loses least.
    private RunningAttempt? Running() => attempts.All.Where(MayBeEnded).MinBy(attempt => attempt.Age);

    // Calls of async functions stand in nobody's way for long, and to end one of many would free nothing.
    private bool MayBeEnded(RunningAttempt attempt) =>
        attempt.Job.Specification is { } job && job.Engine == pool.Specification.Name
        && attempt.Reason == StopReason.None && attempt.Age <= MostLost && TimesOf(attempt.Job) < MostTimes
        && keptFree.MayBeEnded(attempt.Lease.Token) && !pool.Workers().Any(worker => worker.IsAsync(job.Function));

    private static int TimesOf(Job job) => job.Attempts.Count(attempt => attempt.Failure?.Kind == FailureKinds.Preempted);

    private async Task<bool> IsWantedAsync(string running, CancellationToken stop)
    {
        try
        {
            return await store.ShouldMakeRoomAsync(
                new RoomRequest(pool.Specification.Name, node.Id, node.Labels, running, Priorities.Normal), AnsweredFor, stop);
        }
        catch (Exception error) when (error is not OperationCanceledException) // Redis is away: the job in a hurry waits, as it would without this.
        {
            LogUnknown(pool.Specification.Name, error.Message);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Job {Job} of engine {Engine} is ended after {Seconds:0.000} s for one of a higher priority, and queued again")]
    private partial void LogPreempts(string job, string engine, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Whether a job in a hurry waits for engine {Engine} could not be asked: {Reason}")]
    private partial void LogUnknown(string engine, string reason);
}
