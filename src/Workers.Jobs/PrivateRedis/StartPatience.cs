namespace Workers.Jobs.PrivateRedis;

/// <summary>
/// How long the start of a Redis is waited for: long while it says that it loads, less while it is silent. It is silent since it was last heard, not
/// since the start: between two answers a loading one may work on its data for longer than a look lasts.
/// </summary>
internal sealed class StartPatience(PrivateRedisOptions options, TimeProvider time)
{
    private readonly long started = time.GetTimestamp();
    private long heard = time.GetTimestamp();

    /// <summary>Since the start.</summary>
    public TimeSpan Waited => time.GetElapsedTime(started);

    /// <summary>Notes what a look found, and tells whether waiting is over.</summary>
    public bool IsOver(RedisPresence presence)
    {
        if (presence != RedisPresence.Loading)
            return time.GetElapsedTime(heard) > options.SilenceLimit;
        heard = time.GetTimestamp();
        return Waited > options.LoadingLimit;
    }
}
