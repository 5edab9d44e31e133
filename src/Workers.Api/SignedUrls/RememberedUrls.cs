using Microsoft.Extensions.Caching.Memory;
using Workers.Api.Caching;
using Workers.Api.Templates;
using Workers.Contracts;

namespace Workers.Api.SignedUrls;

/// <summary>What was found out about a signed URL: so that the next request for just it checks expiry and template, and reads nothing anew.</summary>
/// <param name="Url">What it says.</param>
/// <param name="Loaded">The template's version by which it was answered; another one by now makes this worthless.</param>
/// <param name="Key">Of the stored result.</param>
internal sealed record RememberedUrl(SignedUrl Url, LoadedTemplate Loaded, CacheKey Key);

/// <summary>A bounded memory of signed URLs; the least recently used go first.</summary>
internal sealed class RememberedUrls : IDisposable
{
    private const int Most = 20_000;
    private readonly MemoryCache memory = new(new MemoryCacheOptions { SizeLimit = Most });

    /// <summary>What is remembered, or null.</summary>
    /// <param name="target">All of the path with its signature, which was verified.</param>
    /// <param name="variant">Which of several pictures it stands for (by the Accept header).</param>
    public RememberedUrl? Find(string target, bool variant) => memory.Get<RememberedUrl>((target, variant));

    /// <summary>Remembers it.</summary>
    public void Keep(string target, bool variant, RememberedUrl url) =>
        memory.Set((target, variant), url, new MemoryCacheEntryOptions { Size = 1 });

    /// <inheritdoc/>
    public void Dispose() => memory.Dispose();
}
