using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Workers.Contracts;

/// <summary>
/// What a signed URL asks for: <c>/i/{signature}/{keyId}/{template}[@version]/{parameters}.{extension}</c>, or <c>…/{parameters}@auto</c>. The signature is the HMAC-SHA256 of
/// everything behind it, from the slash on, as base64url without padding (RFC 4648, 5). There is one way to write each URL: parameters in order of
/// their names, each once, their values escaped but for the unreserved characters (RFC 3986, 2.3), with capital hex digits.
/// </summary>
public sealed record SignedUrl
{
    /// <summary>What every signed URL's path begins with.</summary>
    public const string Prefix = "/i/";

    /// <summary>Characters of a signature: 32 bytes in base64url.</summary>
    public const int SignatureLength = 43;

    /// <summary>The extension of URLs whose format the Accept header chooses.</summary>
    public const string AutoExtension = "auto";

    /// <summary>The same, written behind the parameters without a dot.</summary>
    public const string AtAuto = "@auto";

    /// <summary>Stands where there are no parameters.</summary>
    public const string NoParameters = "_";

    private const string Expiry = "expires";

    /// <summary>The key that signs.</summary>
    public required string KeyId { get; init; }

    /// <summary>The template's name.</summary>
    public required string Template { get; init; }

    /// <summary>Its version; null: whichever is the newest when the URL is asked for.</summary>
    public int? Version { get; init; }

    /// <summary>The parameters' values as text; a color without its <c>#</c>.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    /// <summary>From then on it is refused; in Unix seconds. Null: never.</summary>
    public long? Expires { get; init; }

    /// <summary><c>png</c>, <c>jpg</c>, <c>webp</c> …; <c>auto</c> or <c>@auto</c>: by the Accept header.</summary>
    public string Extension { get; init; } = "png";

    /// <summary>Whether the Accept header chooses the format.</summary>
    public bool IsAuto => Extension is AutoExtension or AtAuto;

    /// <summary>What is signed: the path behind the signature, with its slash.</summary>
    public string SignedPart
    {
        get
        {
            var pairs = Parameters.Select(pair => (pair.Key, pair.Value));
            if (Expires is { } end)
                pairs = pairs.Append((Expiry, end.ToString(CultureInfo.InvariantCulture)));
            var written = string.Join(
                ',', pairs.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={Uri.EscapeDataString(pair.Value)}"));
            var version = Version is { } number ? string.Create(CultureInfo.InvariantCulture, $"@{number}") : "";
            return $"/{KeyId}/{Template}{version}/{(written.Length > 0 ? written : NoParameters)}{Ending}";
        }
    }

    private string Ending => Extension == AtAuto ? AtAuto : "." + Extension;

    /// <summary>Whether a path ends like one whose format the Accept header chooses.</summary>
    public static bool EndsInAuto(string path) =>
        path.EndsWith("." + AutoExtension, StringComparison.Ordinal) || path.EndsWith(AtAuto, StringComparison.Ordinal);

    /// <summary>The path of the URL.</summary>
    /// <param name="secret">Of the key.</param>
    public string Sign(string secret)
    {
        var signed = SignedPart;
        return Prefix + Signature(Encoding.UTF8.GetBytes(secret), signed) + signed;
    }

    /// <summary>The signature of a path.</summary>
    /// <param name="secret">The key's bytes.</param>
    /// <param name="signedPart">The path behind the signature, with its slash.</param>
    public static string Signature(byte[] secret, string signedPart) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(signedPart)));

    /// <summary>Reads the signed part of a path, or null where it is not written in the one way there is.</summary>
    public static SignedUrl? Read(string signedPart)
    {
        if (signedPart.Split('/') is not ["", var key, var target, var last])
            return null;
        var at = target.IndexOf('@', StringComparison.Ordinal);
        var (dot, extension) = last.EndsWith(AtAuto, StringComparison.Ordinal) ? (last.Length - AtAuto.Length, AtAuto)
            : (last.LastIndexOf('.'), last[(last.LastIndexOf('.') + 1)..]);
        int? version = null;
        if (at >= 0)
        {
            if (!int.TryParse(target.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                return null;
            version = number;
        }

        if (dot < 0 || ReadPairs(last[..dot]) is not { } parameters)
            return null;
        long? expires = null;
        if (parameters.Remove(Expiry, out var end))
        {
            if (!long.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
                return null;
            expires = seconds;
        }

        var url = new SignedUrl
        {
            KeyId = key, Template = at < 0 ? target : target[..at], Version = version, Parameters = parameters, Expires = expires,
            Extension = extension,
        };
        // Whatever it may mean: only what would be written in just this way is read.
        return url.SignedPart == signedPart ? url : null;
    }

    private static Dictionary<string, string>? ReadPairs(string written)
    {
        Dictionary<string, string> pairs = [];
        foreach (var pair in written == NoParameters ? [] : written.Split(','))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || !pairs.TryAdd(pair[..equals], Uri.UnescapeDataString(pair[(equals + 1)..])))
                return null;
        }

        return pairs;
    }
}
