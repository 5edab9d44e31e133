using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Workers.Jobs.Redis;

/// <summary>Who listens to which channel, so that a new connection can listen for them again.</summary>
internal sealed class RedisSubscriptions(ILogger logger)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Channel> channels = [];
    private RedisConnection? current;

    /// <summary>Listens to everything on this connection from now on; what an older one still hears is ignored.</summary>
    internal Task MoveToAsync(RedisConnection connection)
    {
        lock (gate)
        {
            current = connection;
            foreach (var channel in channels.Values)
                channel.Subscribed = ListenAsync(connection, channel);
            return Task.WhenAll(channels.Values.Select(channel => channel.Subscribed));
        }
    }

    /// <summary>The connection is about to close: nobody hears anything any more.</summary>
    internal void Stop()
    {
        lock (gate) current = null;
    }

    /// <summary>Adds a listener. Hears every message from when <see cref="Subscription.Subscribed"/> is done.</summary>
    internal Subscription Add(string name, Action<string> handler)
    {
        lock (gate)
        {
            var connection = current ?? throw RedisErrors.NotStarted();
            if (!channels.TryGetValue(name, out var channel))
            {
                channel = new Channel(name);
                channels.Add(name, channel);
                // Sent inside the lock, so that a SUBSCRIBE and an UNSUBSCRIBE of one channel go out in the order of the list's changes.
                channel.Subscribed = ListenAsync(connection, channel);
            }
            var subscription = new Subscription(this, channel, handler);
            channel.Listeners = [.. channel.Listeners, subscription];
            return subscription;
        }
    }

    private void Remove(Subscription subscription)
    {
        lock (gate)
        {
            var channel = subscription.Channel;
            channel.Listeners = [.. channel.Listeners.Where(other => other != subscription)];
            if (channel.Listeners.Length > 0 || !channels.Remove(channel.Name))
                return;
            // Nobody waits for the answer: a channel that Redis goes on sending is only ignored.
            current?.Subscriber.Unsubscribe(channel.Name, flags: CommandFlags.FireAndForget);
        }
    }

    private Task ListenAsync(RedisConnection connection, Channel channel) =>
        connection.Subscriber.SubscribeAsync(channel.Name, (_, message) =>
        {
            if (current == connection)
                Deliver(channel, message.ToString());
        });

    private void Deliver(Channel channel, string message)
    {
        foreach (var listener in channel.Listeners)
        {
            try
            {
                listener.Handler(message);
            }
            catch (Exception error) // A listener's fault is its own: the others must hear the message.
            {
                RedisLog.SubscriberFailed(logger, channel.Name, error);
            }
        }
    }

    /// <summary>One channel and its listeners; the array is replaced, never changed, so that a delivery needs no lock.</summary>
    internal sealed class Channel(string name)
    {
        internal string Name => name;

        internal volatile Subscription[] Listeners = [];

        internal Task Subscribed { get; set; } = Task.CompletedTask;
    }

    /// <summary>One listener.</summary>
    internal sealed class Subscription(RedisSubscriptions owner, Channel channel, Action<string> handler) : IDisposable
    {
        internal Channel Channel => channel;

        internal Action<string> Handler => handler;

        internal Task Subscribed => channel.Subscribed;

        /// <inheritdoc/>
        public void Dispose() => owner.Remove(this);
    }
}
