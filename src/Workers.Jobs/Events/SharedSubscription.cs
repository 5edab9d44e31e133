using Workers.Jobs.Redis;

namespace Workers.Jobs.Events;

/// <summary>A channel that is listened to while somebody needs it, by one subscription for all.</summary>
internal sealed class SharedSubscription(RedisGate gate, string channel, Action<string> handler)
{
    private readonly Lock sync = new();
    private Task<IDisposable>? subscription;
    private int users;

    /// <summary>Listens until it is disposed: everything is heard from when this is done.</summary>
    /// <exception cref="RedisUnavailableException">Redis does not answer: nobody listens.</exception>
    internal async Task<IDisposable> UseAsync()
    {
        if (gate.NotReadyReason is { } reason)
            throw new RedisUnavailableException(reason, unknownOutcome: false);
        Task<IDisposable> shared;
        lock (sync)
        {
            users++;
            shared = subscription ??= gate.SubscribeAsync(channel, handler);
        }

        try
        {
            await shared;
            return new Use(this);
        }
        catch
        {
            Leave();
            throw;
        }
    }

    private void Leave()
    {
        Task<IDisposable> last;
        lock (sync)
        {
            if (--users > 0)
                return;
            last = subscription!;
            subscription = null; // Whoever comes now subscribes anew; one that failed is tried again.
        }

        if (last.IsCompletedSuccessfully)
            last.Result.Dispose();
    }

    private sealed class Use(SharedSubscription owner) : IDisposable
    {
        private int left;

        /// <inheritdoc/>
        public void Dispose()
        {
            if (Interlocked.Exchange(ref left, 1) == 0)
                owner.Leave();
        }
    }
}
