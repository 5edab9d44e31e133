using System.Security.Cryptography;

namespace Workers.Jobs;

/// <summary>The time-bounded right to run an attempt. Every write that an attempt causes carries its token; a wrong one is refused.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Attempt">The attempt's number.</param>
/// <param name="Token">128 random bits in hex, made by the claiming node.</param>
public readonly record struct Lease(string JobId, int Attempt, string Token)
{
    /// <summary>A token for a new lease: random, never a counter (a counter repeats after lost writes).</summary>
    public static string NewToken() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}
