namespace Workers.Jobs.Redis;

/// <summary>A call under way, as a link in the list of <see cref="CallDeadlines"/>.</summary>
internal abstract class PendingCall
{
    internal PendingCall? Earlier { get; set; }

    internal PendingCall? Later { get; set; }

    internal bool IsListed { get; set; }

    /// <summary>When it is over, in <see cref="Environment.TickCount64"/> milliseconds.</summary>
    internal long ExpiresAt { get; set; }

    /// <summary>Ends the caller's waiting; called once, after the call was taken out of the list.</summary>
    internal abstract void Expire(RedisUnavailableException error);
}

/// <summary>
/// One call and its caller. The caller's task ends with the reply, the deadline or the caller's cancellation, whichever is first; a reply that
/// comes later goes to <paramref name="onLate"/>. The call's place in flight is given back only when its reply (or the connection's end) comes.
/// </summary>
internal sealed class PendingCall<T>(RedisConnection connection, CallDeadlines deadlines, LateReplies late, Func<T, Task>? onLate) : PendingCall
{
    private const int Waiting = 0;
    private const int Answered = 1;
    private const int Left = 2;

    // Without RunContinuationsAsynchronously: a reply comes on a pool thread of its own (PreserveAsyncOrder is off), so the caller may go on
    // right there.
    private readonly TaskCompletionSource<T> outcome = new();
    private CancellationTokenRegistration cancellation;
    private Task<T>? reply;
    private int state;

    internal Task<T> Outcome => outcome.Task;

    internal void LeaveWhenCanceled(CancellationToken token)
    {
        if (token.CanBeCanceled)
            cancellation = token.UnsafeRegister(static (call, canceled) => ((PendingCall<T>)call!).Cancel(canceled), this);
    }

    internal void Follow(Task<T> task)
    {
        reply = task;
        if (task.IsCompleted)
            OnReply();
        else
            task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(OnReply);
    }

    /// <summary>The call could not even be made.</summary>
    internal void FailAtOnce(Exception error) => Follow(Task.FromException<T>(error));

    internal override void Expire(RedisUnavailableException error) => Leave(outcome => outcome.TrySetException(error));

    private void Cancel(CancellationToken canceled) => Leave(outcome => outcome.TrySetCanceled(canceled));

    private void Leave(Action<TaskCompletionSource<T>> end)
    {
        if (Interlocked.CompareExchange(ref state, Left, Waiting) != Waiting)
            return;
        deadlines.Remove(this);
        // Off this thread: it is the sweep's or that of whoever cancels, and the caller's continuation may be long.
        ThreadPool.UnsafeQueueUserWorkItem(static x => x.end(x.outcome), (end, outcome), preferLocal: false);
    }

    private void OnReply()
    {
        connection.Leave();
        deadlines.Remove(this);
        cancellation.Unregister();
        if (Interlocked.CompareExchange(ref state, Answered, Waiting) == Waiting)
            Deliver(reply!);
        else if (reply!.IsCompletedSuccessfully && onLate is not null)
            late.Take(onLate, reply.Result);
        else
            _ = reply.Exception; // Observed: its caller was told long ago that the outcome is unknown.
    }

    private void Deliver(Task<T> ended)
    {
        if (ended.IsCompletedSuccessfully)
            outcome.TrySetResult(ended.Result);
        else
            outcome.TrySetException(RedisErrors.Translate(ended.Exception?.InnerException ?? new OperationCanceledException()));
    }
}
