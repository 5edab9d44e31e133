using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Workers.Contracts;
using Workers.Jobs.Configuration;

namespace Workers.Api.SignedUrls;

/// <summary>The configured keys of signed URLs.</summary>
internal sealed class UrlKeys(ServerSettings settings)
{
    private readonly FrozenDictionary<string, byte[]> secrets =
        settings.UrlKeys.ToFrozenDictionary(key => key.Id, key => Encoding.UTF8.GetBytes(key.Secret));

    /// <summary>
    /// Whether a key of ours made this signature. Takes as long for a wrong one as for a right one; ids of keys are no secret.
    /// </summary>
    /// <param name="signature">As it stands in the path.</param>
    /// <param name="signedPart">The path behind it, with its slash.</param>
    public bool Verify(ReadOnlySpan<char> signature, string signedPart)
    {
        var end = signedPart.IndexOf('/', 1);
        if (signature.Length != SignedUrl.SignatureLength || end < 0 || !secrets.TryGetValue(signedPart[1..end], out var secret))
            return false;
        // Compared as text, so that the two unused bits of the last character cannot make a second URL.
        Span<byte> given = stackalloc byte[SignedUrl.SignatureLength];
        return Ascii.FromUtf16(signature, given, out _) == System.Buffers.OperationStatus.Done
            && CryptographicOperations.FixedTimeEquals(given, Encoding.ASCII.GetBytes(SignedUrl.Signature(secret, signedPart)));
    }
}
