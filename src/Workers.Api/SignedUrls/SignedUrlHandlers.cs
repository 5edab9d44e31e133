using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Workers.Api.Caching;
using Workers.Api.Calls;
using Workers.Api.Http;
using Workers.Api.Jobs;
using Workers.Api.Problems;
using Workers.Api.Security;
using Workers.Api.Templates;
using Workers.Blobs;
using Workers.Contracts;
using Workers.Jobs;
using Workers.Jobs.Assets;
using Workers.Jobs.Configuration;

namespace Workers.Api.SignedUrls;

/// <summary>Answers signed URLs: whoever has one may see that picture, and no other.</summary>
internal sealed class SignedUrlHandlers(
    UrlKeys keys, RememberedUrls remembered, TemplateLibrary library, TemplatePreparer preparer, RenderCache cache, CacheStatus status, CallRunner runner,
    AssetRegistry registry, IBlobStore blobs, ServerSettings settings, TimeProvider time)
{
    private const string Webp = "image/webp";

    // They are about requests of people with keys; here they would let a stranger choose how, or whether, a picture is made.
    private static readonly string[] Ignored = ["Accept", "Prefer", "Idempotency-Key", "Cache-Control", "Pragma"];

    // They say what is nobody's business who has only the URL, or would differ for each of a cache's clients.
    private static readonly string[] Withheld =
        ["Job-Id", "Content-Location", "Location", "Retry-After", "Preference-Applied", "Server-Timing", "Vary"];

    /// <summary>The picture, where this very URL was answered before and its result is in memory: nothing is read anew. Null: ask <see cref="GetAsync"/>.</summary>
    /// <exception cref="ProblemException">403: the URL is over. 404, 410: the template is gone.</exception>
    public async ValueTask<IResult?> TryHotAsync(HttpContext context, string target)
    {
        // Found whole, by a hash that nobody outside can foresee: only what was verified is here.
        var isAuto = SignedUrl.EndsInAuto(target);
        if (remembered.Find(target, TakesWebp(context.Request, isAuto)) is not { } known)
            return null;
        var left = Left(known.Url);
        var loaded = await library.GetAsync(known.Url.Template, known.Url.Version, context.RequestAborted);
        if (!ReferenceEquals(known.Loaded, loaded) || cache.TryGetHot(known.Key) is not { } hot || cache.IsDue(hot))
            return null;
        status.Hit(context.Response, isHot: true);
        FinishHeaders(context.Response, isAuto, Policy(known.Url, loaded, left));
        return hot.Answer();
    }

    /// <summary>The picture.</summary>
    /// <exception cref="ProblemException">403: not signed by us, over, or not written in the one way there is; else as any call of a template.</exception>
    public async Task<IResult> GetAsync(HttpContext context)
    {
        var (target, url) = Read(context);
        var left = Left(url);
        var loaded = await library.GetAsync(url.Template, url.Version, context.RequestAborted);
        var isAuto = SignedUrl.EndsInAuto(target);
        var takesWebp = TakesWebp(context.Request, isAuto);
        var prepared = await PrepareAsync(context, url, loaded, takesWebp);
        var plan = await cache.PlanAsync(prepared, CacheWish.Use, hasIdempotencyKey: false, context.RequestAborted);
        if (plan.Key is { } key)
            remembered.Keep(target, takesWebp, new RememberedUrl(url, loaded, key));
        var answer = await RunAsync(context, loaded, prepared);
        var isPlaceholder = answer is IStatusCodeHttpResult { StatusCode: StatusCodes.Status202Accepted };
        FinishHeaders(context.Response, isAuto, isPlaceholder ? "no-store" : Policy(url, loaded, left));
        return isPlaceholder ? await PlaceholderAsync(context, loaded.Template.Placeholder!) : answer;
    }

    private static bool TakesWebp(HttpRequest request, bool isAuto) => isAuto && Accepts.Names(request, Webp);

    private static string Policy(SignedUrl url, LoadedTemplate loaded, TimeSpan? left) =>
        CachePolicy.Of(url.Version is not null && !loaded.ReadsRoots, loaded.Template.MaxAge, left);

    // At the last moment, because answers of calls set headers of their own; and never on what went wrong, which says no-store by itself.
    private void FinishHeaders(HttpResponse response, bool isAuto, string cacheControl) => response.OnStarting(() =>
    {
        foreach (var header in Withheld)
            response.Headers.Remove(header);
        if (Vary(isAuto) is { Length: > 0 } vary)
            response.Headers.Vary = vary;
        // Pages of any origin may show it, also where they ask for such a permission (Fetch: cross-origin resource policy).
        response.Headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        if (response.StatusCode < StatusCodes.Status400BadRequest)
            response.Headers.CacheControl = cacheControl;
        return Task.CompletedTask;
    });

    // Where some origins may read pictures, answers to requests that name none vary too: else a cache would keep one without the permission
    // and give it to a page that needs it (Fetch, 3.2.5).
    private string Vary(bool isAuto) => (isAuto, settings.Origins.Count > 0) switch
    {
        (true, true) => "Accept, Origin",
        (true, false) => "Accept",
        (false, true) => "Origin",
        _ => "",
    };

    private (string Target, SignedUrl Url) Read(HttpContext context)
    {
        // As it was sent: what the server makes of a path (escapes undone, dots resolved) is not what was signed.
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var signature = target.Length > SignedUrl.Prefix.Length ? target.IndexOf('/', SignedUrl.Prefix.Length) : -1;
        if (signature < 0 || !target.StartsWith(SignedUrl.Prefix, StringComparison.Ordinal)
            || !keys.Verify(target.AsSpan(SignedUrl.Prefix.Length, signature - SignedUrl.Prefix.Length), target[signature..]))
        {
            throw new Problem(
                ProblemKinds.UrlNotSigned,
                "No key of this server signed this URL as it was sent. `workers-server sign` makes URLs; nothing may be added to them, ?x=y neither.")
                .AsException();
        }

        return (target, SignedUrl.Read(target[signature..]) ?? throw new Problem(
            ProblemKinds.UrlNotCanonical,
            "The URL is signed but not written in the one way there is: parameters in order of their names, each once, only unreserved characters "
                + "unescaped, capital hex digits; _ where there are none.").AsException());
    }

    private async Task<PreparedJob> PrepareAsync(HttpContext context, SignedUrl url, LoadedTemplate loaded, bool takesWebp)
    {
        context.Features.Set(new Caller("url:" + url.KeyId, Role.Submit));
        var input = Arguments(loaded, url).ToInput();
        var view = await preparer.FunctionAsync(loaded.Template, context.RequestAborted);
        var mediaType = url.IsAuto ? Negotiate(PictureFormats.Offered(view.Engine, view.Function, input), takesWebp)
            : PictureFormats.OfExtension(url.Extension)
                ?? throw new Problem(ProblemKinds.NotAcceptable, $"'.{url.Extension}' is no format; e.g. .png, .jpg, .webp, .auto or @auto is.").AsException();
        PictureFormats.Set(view.Engine, view.Function, input, mediaType);
        foreach (var header in Ignored)
            context.Request.Headers.Remove(header);
        return await preparer.PrepareAsync(context, loaded, view, input);
    }

    private TimeSpan? Left(SignedUrl url)
    {
        if (url.Expires is not { } end)
            return null;
        var left = end - time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
        return left > 0 ? TimeSpan.FromSeconds(Math.Min(left, TimeSpan.FromDays(36_500).TotalSeconds))
            : throw new Problem(ProblemKinds.UrlExpired, "The URL was good until its 'expires', which is over.").AsException();
    }

    private static TemplateArguments Arguments(LoadedTemplate loaded, SignedUrl url)
    {
        List<ProblemError> errors = [];
        var arguments = TemplateArguments.Read(loaded.Template, url.Parameters.Select(pair => (pair.Key, (object?)pair.Value)), errors);
        if (errors.Count == 0)
        {
            errors.AddRange(
                from pair in url.Parameters
                let text = arguments.TextOf(pair.Key)
                where text != pair.Value
                select new ProblemError("/" + pair.Key, $"Write it '{text}': one picture has one URL."));
        }

        return errors.Count == 0 ? arguments : throw EnvelopeReader.Wrong(errors);
    }

    // The smaller format for those who say that they read it; */* says nothing.
    private static string Negotiate(IReadOnlyList<string> offered, bool takesWebp) => takesWebp && offered.Contains(Webp) ? Webp : offered[0];

    private async Task<IResult> RunAsync(HttpContext context, LoadedTemplate loaded, PreparedJob prepared)
    {
        if (loaded.Template.Placeholder is { } placeholder)
            context.Request.Headers["Prefer"] = FormattableString.Invariant($"wait={placeholder.After.TotalSeconds:0.###}, return=minimal");
        try
        {
            return await runner.RunAsync(context, prepared, wantsJob: false);
        }
        catch (ProblemException wrong)
        {
            throw TemplatePreparer.Translate(loaded, wrong.Problem);
        }
    }

    // The render goes on; whoever asks again gets it. Nobody may keep this in its place.
    private async Task<IResult> PlaceholderAsync(HttpContext context, Placeholder placeholder)
    {
        context.Response.StatusCode = StatusCodes.Status200OK;
        var record = await registry.FindAsync(placeholder.Hex, touch: false, context.RequestAborted);
        var bytes = record is null ? null : await blobs.OpenAsync(placeholder.Hex, context.RequestAborted);
        if (bytes is null)
            throw new Problem(ProblemKinds.TemplateFileGone, $"The template's placeholder {AssetId.Of(placeholder.Hex)} is not there any more.").AsException();
        BlobAnswer.SetSafety(context.Response.Headers);
        return TypedResults.Stream(bytes, record!.MediaType);
    }
}
