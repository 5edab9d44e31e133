using System.Security.Cryptography;
using System.Text;
using Workers.Jobs.Configuration;

namespace Workers.Api.Security;

/// <summary>The configured keys; only their digests are known here.</summary>
public sealed class ApiKeys
{
    private readonly IReadOnlyList<(byte[] Digest, Caller Caller)> known;

    /// <summary>Takes the keys of the configuration.</summary>
    /// <exception cref="FormatException">A digest is not 64 hex digits, or a role is unknown.</exception>
    public ApiKeys(ServerSettings settings) => known = [.. settings.Keys.Select(Parse)];

    /// <summary>False: everybody is admin (on loopback).</summary>
    public bool Any => known.Count > 0;

    /// <summary>The caller with this key, or null. Takes as long for a wrong key as for a right one, whichever it resembles.</summary>
    public Caller? Find(string key)
    {
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(key));
        Caller? found = null;
        foreach (var (expected, caller) in known)
        {
            if (CryptographicOperations.FixedTimeEquals(expected, digest))
                found = caller;
        }

        return found;
    }

    private static (byte[] Digest, Caller Caller) Parse(ApiKey key)
    {
        var digest = Convert.FromHexString(key.Sha256);
        if (digest.Length != SHA256.HashSizeInBytes)
            throw new FormatException($"Key '{key.Name}': sha256 must be the 64 hex digits that `printf %s KEY | sha256sum` prints.");
        var role = key.Role switch
        {
            "read" => Role.Read,
            "submit" => Role.Submit,
            "admin" => Role.Admin,
            _ => throw new FormatException($"Key '{key.Name}': role must be read, submit or admin, not '{key.Role}'."),
        };
        return (digest, new Caller(key.Name, role, key.Weight));
    }
}
