using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using StackExchange.Redis;
using Workers.Jobs.Redis;

namespace Workers.Jobs.Assets;

/// <summary>Remembers what URLs gave, for every API process. All methods may throw <see cref="RedisUnavailableException"/>.</summary>
public sealed class FetchedUrls(RedisGate gate)
{
    /// <summary>URLs that are remembered at most.</summary>
    public const int Most = 10_000;

    private static readonly LuaScript Script = LuaScript.Load("fetched");
    private static readonly RedisKey[] Keys = [RedisKeys.Root];

    /// <summary>What the URL gave, or null.</summary>
    public async Task<FetchedUrl?> FindAsync(Uri url, CancellationToken cancellation)
    {
        var reply = await gate.EvaluateAsync(Script, Keys, ["do", "find", "url", FetchedUrl.Key(url)], cancellation);
        return reply.IsNull ? null : JsonSerializer.Deserialize((string)reply!, JobJson.Default.FetchedUrl);
    }

    /// <summary>Remembers it.</summary>
    public Task RememberAsync(Uri url, FetchedUrl fetched, CancellationToken cancellation) => gate.EvaluateAsync(
        Script, Keys,
        ["do", "remember", "url", FetchedUrl.Key(url), "answer", JsonSerializer.Serialize(fetched, JobJson.Default.FetchedUrl), "most", Most],
        cancellation);
}

/// <summary>What a URL gave.</summary>
/// <param name="Hex">SHA-256 of the bytes.</param>
/// <param name="Final">Key of the URL that gave them, after redirects.</param>
/// <param name="ETag">Its validator.</param>
/// <param name="LastModified">Its validator where it has no other.</param>
public sealed record FetchedUrl(string Hex, string Final, string? ETag, DateTimeOffset? LastModified)
{
    /// <summary>A URL's key: SHA-256 in hex, because a URL may hold a secret. Its fragment is nobody's but the client's.</summary>
    public static string Key(Uri url) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url.GetComponents(UriComponents.HttpRequestUrl, UriFormat.UriEscaped))));
}
