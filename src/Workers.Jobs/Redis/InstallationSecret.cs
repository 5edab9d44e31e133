using System.Security.Cryptography;
using StackExchange.Redis;

namespace Workers.Jobs.Redis;

/// <summary>256 random bits that every process of one installation shares: made once, kept in Redis.</summary>
public sealed class InstallationSecret(RedisGate gate)
{
    private static readonly RedisKey Key = RedisKeys.Of("secret");
    private byte[]? known;

    /// <summary>The secret.</summary>
    /// <exception cref="RedisUnavailableException">Not known yet, and Redis does not answer.</exception>
    public async ValueTask<byte[]> GetAsync(CancellationToken cancellation)
    {
        if (known is { } secret)
            return secret;
        // Whoever comes first sets it; everybody then reads the same.
        await gate.CallAsync(
            database => database.StringSetAsync(Key, RandomNumberGenerator.GetBytes(32), when: When.NotExists), cancellation);
        return known = (byte[])(await gate.CallAsync(database => database.StringGetAsync(Key), cancellation))!;
    }
}
