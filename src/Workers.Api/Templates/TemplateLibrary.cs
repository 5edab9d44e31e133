using System.Text.Json.Nodes;
using Microsoft.Extensions.Caching.Memory;
using Workers.Api.Assets;
using Workers.Api.Problems;
using Workers.Jobs.Events;
using Workers.Jobs.Redis;
using Workers.Jobs.Templates;
using Workers.Jobs.Text;

namespace Workers.Api.Templates;

/// <summary>A version of a template, read.</summary>
/// <param name="Stored">As it is stored.</param>
/// <param name="Template">What it says.</param>
internal sealed record LoadedTemplate(TemplateVersion Stored, Template Template)
{
    /// <summary>Whether it may name files under a root, which change while their names stay.</summary>
    public bool ReadsRoots { get; } = Stored.Definition.Contains('"' + RootFiles.Prefix, StringComparison.Ordinal);
}

/// <summary>
/// The templates, with copies in this process that are dropped when a hint tells of a change and looked after by one request each second: others cost
/// no round trip, and while Redis answers none is answered from a version that was replaced more than a second ago.
/// </summary>
internal sealed class TemplateLibrary : IDisposable
{
    private const long MostCharacters = 32 << 20;
    private const int HeadCharacters = 500;
    private const int NamesLookedAt = 2_000;
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Idle = TimeSpan.FromDays(1);
    private readonly MemoryCache copies = new(new MemoryCacheOptions { SizeLimit = MostCharacters });
    private readonly TemplateStore store;
    private readonly Hints hints;
    private readonly TimeProvider time;

    /// <summary>Begins to listen for changes.</summary>
    public TemplateLibrary(TemplateStore store, Hints hints, TimeProvider time)
    {
        (this.store, this.hints, this.time) = (store, hints, time);
        hints.TemplateChanged += Forget;
    }

    /// <summary>What the template consists of.</summary>
    /// <exception cref="ProblemException">404.</exception>
    /// <exception cref="RedisUnavailableException">It is not known here, and Redis does not answer.</exception>
    public async ValueTask<TemplateHead> HeadAsync(string name, CancellationToken cancellation)
    {
        var known = copies.Get<SeenHead>(name);
        if (known is not null && !IsToLookAfter(known))
            return known.Head;
        if (!Template.IsName(name))
            throw await NotFoundAsync(name, cancellation);
        var at = time.GetTimestamp();
        try
        {
            var head = await store.FindAsync(name, cancellation) ?? throw await NotFoundAsync(name, cancellation);
            copies.Set(name, new SeenHead(head, at), Kept(HeadCharacters));
            return head;
        }
        catch (RedisUnavailableException) when (known is not null)
        {
            // Without Redis nobody can have changed it since; it is looked for again in a second.
            copies.Set(name, new SeenHead(known.Head, time.GetTimestamp()), Kept(HeadCharacters));
            return known.Head;
        }
    }

    // One request looks; those that come meanwhile do not wait for it, unless nobody has asked for long.
    private bool IsToLookAfter(SeenHead known)
    {
        var age = time.GetElapsedTime(known.At);
        return age >= Age && (age >= Age + LongestLook || known.TakesLook());
    }

    /// <summary>A version of a template.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="number">The version; null: the newest.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="ProblemException">404; 410: the version was there and is not kept any more.</exception>
    /// <exception cref="RedisUnavailableException">It is not known here, and Redis does not answer.</exception>
    public async ValueTask<LoadedTemplate> GetAsync(string name, int? number, CancellationToken cancellation)
    {
        var head = await HeadAsync(name, cancellation);
        var wanted = number ?? head.Latest;
        if (head.Versions.Contains(wanted))
        {
            if (copies.Get<LoadedTemplate>((name, wanted)) is { } known)
                return known;
            if (await store.FindAsync(name, wanted, cancellation) is { } stored)
            {
                var loaded = new LoadedTemplate(stored, TemplateReader.Read(JsonNode.Parse(stored.Definition)!.AsObject()));
                // Read, it takes several times the space of its text.
                copies.Set((name, wanted), loaded, Kept(HeadCharacters + (8 * stored.Definition.Length)));
                return loaded;
            }
        }

        throw wanted > 0 && wanted <= head.Latest
            ? new Problem(
                ProblemKinds.TemplateVersionGone,
                $"Version {wanted} of template '{name}' is not kept any more; there are {string.Join(", ", head.Versions)}.").AsException()
            : new Problem(
                ProblemKinds.TemplateNotFound, $"Template '{name}' has no version {wanted}; its newest is {head.Latest}.").AsException();
    }

    /// <summary>Drops the copy of what a template consists of.</summary>
    public void Forget(string name) => copies.Remove(name);

    /// <summary>404 with the nearest name.</summary>
    public async Task<ProblemException> NotFoundAsync(string name, CancellationToken cancellation)
    {
        var names = await store.NamesAsync(null, NamesLookedAt, cancellation);
        return new Problem(
            ProblemKinds.TemplateNotFound, $"There is no template '{name}'.{NearestName.Hint(name, names)} GET /v1/templates lists them.").AsException();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        hints.TemplateChanged -= Forget;
        copies.Dispose();
    }

    private static MemoryCacheEntryOptions Kept(int characters) => new() { Size = characters, SlidingExpiration = Idle };

    private sealed record SeenHead(TemplateHead Head, long At)
    {
        private int looks;

        /// <summary>True for the first who asks.</summary>
        public bool TakesLook() => Interlocked.Exchange(ref looks, 1) == 0;
    }
}
