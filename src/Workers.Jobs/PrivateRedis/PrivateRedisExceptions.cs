namespace Workers.Jobs.PrivateRedis;

/// <summary>The private Redis cannot be had; the message is one line for a person. The server exits with it.</summary>
public class PrivateRedisException : Exception
{
    /// <summary>Creates it.</summary>
    public PrivateRedisException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>Another server uses the data folder.</summary>
public sealed class DataFolderInUseException(string folder, string? holder) : PrivateRedisException(
    $"The data folder {folder} is in use by another server{(holder is null ? "" : $" (process {holder})")}. "
        + "Stop that one, or give this one its own folder with --data.");

/// <summary>There is no redis-server program.</summary>
public sealed class RedisServerMissingException(string program) : PrivateRedisException(
    $"The program '{program}' was not found. Install Redis 7 or newer (Debian, Ubuntu: apt install redis-server; macOS: brew install redis), "
    + "name one with REDIS=/path/to/redis-server, or use a running Redis with --redis host:port.");
