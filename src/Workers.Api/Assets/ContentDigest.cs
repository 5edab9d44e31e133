using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Workers.Api.Problems;

namespace Workers.Api.Assets;

/// <summary>The <c>Content-Digest</c> header (RFC 9530): what the sender says the bytes are.</summary>
internal static class ContentDigest
{
    /// <summary>The SHA-256 in hex that was announced, or null; other algorithms are ignored, as the RFC says.</summary>
    /// <exception cref="ProblemException">400: sha-256 is there but is no digest.</exception>
    public static string? Sha256(IHeaderDictionary headers)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        foreach (var member in headers.GetCommaSeparatedValues("Content-Digest"))
        {
            var parts = member.Split('=', 2, StringSplitOptions.TrimEntries);
            if (parts is not ["sha-256", var value])
                continue;
            if (value is [':', .., ':'] && Convert.TryFromBase64String(value[1..^1], digest, out var length) && length == SHA256.HashSizeInBytes)
                return Convert.ToHexStringLower(digest);
            throw new Problem(ProblemKinds.MalformedRequest, "Content-Digest takes sha-256=:BASE64: with the 32 bytes of the digest.").AsException();
        }

        return null;
    }
}
