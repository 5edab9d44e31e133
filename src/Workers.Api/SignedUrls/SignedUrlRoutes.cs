using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Workers.Api.Calls;
using Workers.Api.OpenApi;
using Workers.Api.Problems;
using Workers.Api.Security;

namespace Workers.Api.SignedUrls;

/// <summary>The route of signed URLs.</summary>
internal static class SignedUrlRoutes
{
    private static readonly string[] Looks = [HttpMethods.Get, HttpMethods.Head];

    private static readonly ProblemKind[] UrlProblems =
    [
        .. CallRoutes.CallProblems.Where(kind => kind.Status is not (400 or 413 or 415)), ProblemKinds.UrlNotSigned, ProblemKinds.UrlExpired,
        ProblemKinds.UrlNotCanonical, ProblemKinds.TemplateNotFound, ProblemKinds.TemplateOutdated, ProblemKinds.TemplateVersionGone,
        ProblemKinds.TemplateFileGone,
    ];

    /// <summary>Maps it.</summary>
    public static void MapSignedUrls(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods(
                "/i/{signature}/{keyId}/{template}/{parameters}.{extension}", Looks,
                (HttpContext context, string signature, string keyId, string template, string parameters, string extension, SignedUrlHandlers handlers) =>
                    handlers.GetAsync(context))
            .Needs(Role.None).WithTags("Signed URLs").WithSummary("The picture of a signed URL: for <img src> and CDNs, without an API key")
            .WithDescription("{template} may be NAME@VERSION. {parameters}: name=value, in order of names, joined by commas, with expires=UNIXTIME among "
                + "them where it has an end; _ for none. {extension}: png, jpg, webp … or auto (webp where Accept names it; Vary: Accept); "
                + "@auto in place of .auto is the same. {signature}: "
                + "HMAC-SHA256 of everything behind it, from the slash on, base64url without padding; `workers-server sign` makes it, SECURITY.md "
                + "has an example. Strong ETag, If-None-Match, Range. Cache-Control: a year and immutable with a version, else the template's maxAgeSeconds, never "
                + "longer than until expires; errors and placeholders: no-store.")
            .AnswersBytes("image/png").Fails(UrlProblems);
        // Whatever else begins like one is none.
        routes.MapMethods("/i/{**rest}", Looks, (HttpContext context, SignedUrlHandlers handlers) => handlers.GetAsync(context))
            .Needs(Role.None).ExcludeFromDescription();
    }
}
