using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Workers.Jobs.Redis;

namespace Workers.Api.Security;

/// <summary>
/// Tickets for EventSource, which cannot send headers: a signature (HMAC-SHA-256) over a job's id and an end time. A ticket opens one job's
/// events for 10–15 minutes and nothing else.
/// </summary>
public sealed class Tickets(InstallationSecret secret, TimeProvider time)
{
    /// <summary>The least time a ticket is good for.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    // Ends are rounded up to this, so that polling a job gives the same link (and ETag) for a while.
    private const long RoundSeconds = 300;

    /// <summary>A ticket for that job.</summary>
    public async ValueTask<string> IssueAsync(string job, CancellationToken cancellation)
    {
        var ends = (time.GetUtcNow().Add(Lifetime).ToUnixTimeSeconds() / RoundSeconds * RoundSeconds) + RoundSeconds;
        var signature = Sign(await secret.GetAsync(cancellation), job, ends);
        return string.Create(CultureInfo.InvariantCulture, $"{ends}.{signature}");
    }

    /// <summary>Whether the ticket is this job's and not over.</summary>
    public async ValueTask<bool> CheckAsync(string ticket, string job, CancellationToken cancellation)
    {
        var dot = ticket.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0 || !long.TryParse(ticket.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out var ends))
            return false;
        var expected = Sign(await secret.GetAsync(cancellation), job, ends);
        return CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(expected), Encoding.UTF8.GetBytes(ticket[(dot + 1)..]))
            && time.GetUtcNow().ToUnixTimeSeconds() < ends;
    }

    private static string Sign(byte[] key, string job, long ends) =>
        Base64Url.EncodeToString(
            HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"events\n{job}\n{ends}"))));
}
