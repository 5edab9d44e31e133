using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Workers.Api.Problems;

namespace Workers.Api.Security;

/// <summary>Finds out who calls (Bearer key, RFC 6750, or an EventSource ticket) and whether the route is open to them. Runs after routing.</summary>
internal sealed class ApiKeyMiddleware(RequestDelegate next, ApiKeys keys, Tickets tickets)
{
    private const string Scheme = "Bearer ";

    /// <summary>Runs the rest of the pipeline for those who may.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        var required = context.GetEndpoint()?.Metadata.GetMetadata<RequiredRole>() ?? new RequiredRole(Role.Admin);
        context.Features.Set(await IdentifyAsync(context, required));
        await next(context);
    }

    private async ValueTask<Caller> IdentifyAsync(HttpContext context, RequiredRole required)
    {
        if (!keys.Any)
            return Caller.Anonymous;
        // No endpoint (404, 405) tells nothing a key would be needed for; an unauthenticated probe learns only that.
        if (required.Role == Role.None || context.GetEndpoint() is null)
            return Caller.Anonymous with { Role = Role.None };
        if (required.TicketSuffices && await TicketHolderAsync(context) is { } holder)
            return holder;

        var caller = FromHeader(context)
            ?? throw new Problem(ProblemKinds.Unauthenticated, "Send the key as 'Authorization: Bearer KEY'; this request has none.").AsException();
        if (caller.Role < required.Role)
        {
            throw new Problem(
                ProblemKinds.Forbidden,
                $"Key '{caller.Name}' has the role {Wire(caller.Role)}; {context.Request.Method} {context.Request.Path} needs {Wire(required.Role)}.")
                .AsException();
        }

        return caller;
    }

    private Caller? FromHeader(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        if (header.Length == 0)
            return null;
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            throw new Problem(ProblemKinds.Unauthenticated, "Only 'Authorization: Bearer KEY' is understood.").AsException();
        return keys.Find(header[Scheme.Length..].Trim())
            ?? throw new Problem(ProblemKinds.Unauthenticated, "This key is not known here; see 'keys' in the server's configuration.").AsException();
    }

    private async ValueTask<Caller?> TicketHolderAsync(HttpContext context)
    {
        if (context.Request.Query["ticket"].ToString() is not { Length: > 0 } ticket || context.GetRouteValue("id") is not string job)
            return null;
        if (await tickets.CheckAsync(ticket, job, context.RequestAborted))
            return new Caller("ticket", Role.Read);
        throw new Problem(
            ProblemKinds.Unauthenticated,
            "The ticket is over or belongs to another job; GET /v1/jobs/{id} with a key gives a new one in links.events.")
            .AsException();
    }

    private static string Wire(Role role) => role.ToString().ToLowerInvariant();
}
