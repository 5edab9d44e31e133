using Microsoft.Extensions.Logging;
using Workers.Jobs;
using Workers.Jobs.Redis;
using Workers.Node.Pools;
using Workers.Node.Protocol;
using Workers.Node.Runtime;
using Workers.Node.Workers;

namespace Workers.Node.Dispatch;

/// <summary>Runs one attempt from its claim to its end in Redis: assets, call, outputs, result.</summary>
internal sealed partial class AttemptRunner(
    RunningAttempts attempts,
    AttemptStore store,
    AttemptSettler settler,
    AssetResolver assets,
    OutputCollector outputs,
    ResultKeeper keeper,
    RuntimeFolder runtime,
    ILogger<AttemptRunner> logger)
{
    private const int MaxStoreTries = 50;
    private static readonly TimeSpan StoreAgainPause = TimeSpan.FromMilliseconds(100);
    private static readonly Dictionary<string, CallAsset> EmptyAssets = [];

    /// <summary>Runs it; never fails. The worker is given back as soon as its call is over, before the outputs are stored.</summary>
    /// <param name="pool">The worker's pool.</param>
    /// <param name="worker">The reserved worker.</param>
    /// <param name="claimed">The job.</param>
    /// <param name="abandon">Gives up telling Redis.</param>
    /// <returns>How it ended; null when the node itself broke.</returns>
    public async Task<AttemptEnding?> RunAsync(Pool pool, Worker worker, ClaimedJob claimed, CancellationToken abandon)
    {
        var attempt = attempts.Add(claimed);
        var folder = runtime.CallFolder(attempt.Lease.Token);
        try
        {
            using var reporter = new AttemptReporter(store, attempt, folder, logger);
            var outcome = await CallAsync(pool, worker, attempt, reporter, folder);
            await reporter.StopAsync();
            var log = reporter.WriteRestAsync(); // Goes before the end, which need not wait for the answer.
            var ending = await SettleAsync(pool, attempt, outcome, folder, abandon);
            await log;
            return ending;
        }
        catch (Exception error) // Our own fault: the lease runs out and the job is tried again, but somebody must hear of it.
        {
            LogBroken(error, attempt.Job.Id);
            return null;
        }
        finally
        {
            attempts.Remove(attempt);
            RuntimeFolder.Remove(folder);
        }
    }

    private async Task<CallOutcome> CallAsync(Pool pool, Worker worker, RunningAttempt attempt, AttemptReporter reporter, string folder)
    {
        try
        {
            var limits = CallLimits.Of(pool.Specification, attempt.Job.Specification.TimeoutSeconds);
            var call = await PrepareAsync(worker, pool.Specification.Name, limits, attempt, folder);
            return await worker.CallAsync(call, limits, reporter.Observer, attempt.Stop);
        }
        catch (InputException error)
        {
            return new CallOutcome.Failed(error.Failure);
        }
        catch (RedisUnavailableException error)
        {
            return Failed(FailureKinds.NodeLost, $"Redis was away before the call began: {error.Message}");
        }
        catch (OperationCanceledException) when (attempt.Stop.IsCancellationRequested)
        {
            return new CallOutcome.Canceled();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Failed(FailureKinds.StoreFailed, $"The call could not be prepared on the node's disk: {error.Message}");
        }
        finally
        {
            pool.Release(worker);
        }
    }

    private static CallOutcome.Failed Failed(string kind, string message) => new(new JobFailure(kind, message, Retryable: true));

    private async Task<Call> PrepareAsync(Worker worker, string engine, CallLimits limits, RunningAttempt attempt, string folder)
    {
        var specification = attempt.Job.Specification;
        var functions = worker.Hello?.Functions ?? []; // Its process may just be gone; the call then finds out.
        var function = functions.FirstOrDefault(candidate => candidate.Name == specification.Function);
        if (function is null && functions.Count > 0)
            throw new InputException(UnknownFunction(engine, specification.Function, functions));
        Directory.CreateDirectory(folder);
        attempt.Assets = function is null ? EmptyAssets : await assets.ResolveAsync(function.Input, specification.Input, attempt.Stop);
        return new Call
        {
            Function = specification.Function,
            Input = specification.Input,
            Folder = folder,
            Assets = attempt.Assets,
            Job = attempt.Job.Id,
            Attempt = attempt.Lease.Attempt,
            DeadlineSeconds = limits.Deadline.TotalSeconds,
            Traceparent = specification.TraceParent,
        };
    }

    // It was known when the job was submitted; a worker asked for it would call that a fault of ours.
    private static JobFailure UnknownFunction(string engine, string function, IReadOnlyList<HelloFunction> functions)
    {
        var known = string.Join(", ", functions.Select(candidate => candidate.Name));
        return new JobFailure(FailureKinds.EngineError, $"Engine {engine} has no function '{function}' (any more); it has {known}.");
    }

    private async Task<AttemptEnding> EndingAsync(Pool pool, RunningAttempt attempt, CallOutcome outcome, string folder)
    {
        if (attempt.Reason == StopReason.LeaseLost)
            return new AttemptEnding.Dropped();
        var failure = outcome switch
        {
            CallOutcome.Delivered delivered => null,
            CallOutcome.Failed failed => failed.Failure,
            CallOutcome.NotBegun => new JobFailure(FailureKinds.NodeLost, "The worker was gone before the call began.", Retryable: true),
            _ => StopFailure(attempt.Reason),
        };
        if (failure is not null)
            return Judge(failure, attempt);
        try
        {
            var (reply, warm, build) = (CallOutcome.Delivered)outcome;
            var keeping = await keeper.JudgeAsync(attempt, reply, build, CancellationToken.None);
            return new AttemptEnding.Completed(
                await outputs.CollectAsync(reply, warm, folder, pool.Specification.OutputBytes, CancellationToken.None), keeping);
        }
        catch (OutputRejectedException error)
        {
            return Judge(new JobFailure(FailureKinds.OutputRejected, error.Message), attempt);
        }
        catch (Exception error) when (error is not OutOfMemoryException) // Every store fails in its own way: IO, HTTP, S3.
        {
            LogStoreFailed(error, attempt.Job.Id);
            return Judge(new JobFailure(FailureKinds.StoreFailed, $"The outputs could not be stored: {error.Message}", Retryable: true), attempt);
        }
    }

    // An output may have the bytes of an old blob that is being deleted in this moment: wait until it is gone, then store it again.
    private async Task<AttemptEnding> SettleAsync(Pool pool, RunningAttempt attempt, CallOutcome outcome, string folder, CancellationToken abandon)
    {
        for (var tries = 0; tries < MaxStoreTries; tries++)
        {
            var ending = await EndingAsync(pool, attempt, outcome, folder);
            var told = await settler.SettleAsync(attempt, ending, abandon);
            if (told == LeaseOutcome.Lost && ending is AttemptEnding.Completed lost)
                await outputs.DisownAsync(lost.Outputs, abandon);
            if (told != LeaseOutcome.StoreAgain)
                return ending;
            LogStoreAgain(attempt.Job.Id);
            await Task.WhenAny(Task.Delay(StoreAgainPause, abandon));
        }

        var failure = new JobFailure(
            FailureKinds.StoreFailed, "An old blob with the bytes of an output is being deleted and does not go.", Retryable: true);
        var gaveUp = Judge(failure, attempt);
        await settler.SettleAsync(attempt, gaveUp, abandon);
        return gaveUp;
    }

    private static JobFailure StopFailure(StopReason reason) => reason switch
    {
        StopReason.NodeStops => new JobFailure(FailureKinds.NodeLost, "The node was stopped.", Retryable: true),
        StopReason.Preempted => new JobFailure(FailureKinds.Preempted, "Its worker was wanted for a job of a higher priority.", Retryable: true),
        _ => new JobFailure(FailureKinds.Canceled, "The job was canceled."),
    };

    private static AttemptEnding.Failed Judge(JobFailure failure, RunningAttempt attempt)
    {
        var earlier = attempt.Job.Attempts.Count(past => past.Failure is { Kind: not (FailureKinds.NodeLost or FailureKinds.Preempted) });
        return FailurePolicy.Judge(failure, earlier, Random.Shared.NextDouble());
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The attempt of job {Job} broke inside the node; it is tried again when its lease runs out")]
    private partial void LogBroken(Exception error, string job);

    [LoggerMessage(Level = LogLevel.Error, Message = "The outputs of job {Job} could not be stored")]
    private partial void LogStoreFailed(Exception error, string job);

    [LoggerMessage(Level = LogLevel.Information, Message = "An output of job {Job} was just being deleted; storing it again")]
    private partial void LogStoreAgain(string job);
}
