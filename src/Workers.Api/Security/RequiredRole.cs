using Microsoft.AspNetCore.Builder;

namespace Workers.Api.Security;

/// <summary>The role a route asks for. A route without it asks for <see cref="Role.Admin"/>: forgetting it closes, never opens.</summary>
internal sealed record RequiredRole(Role Role, bool TicketSuffices = false);

/// <summary>Names a route's role where the route is mapped.</summary>
internal static class RequiredRoleExtensions
{
    /// <summary>Asks for this role.</summary>
    public static TBuilder Needs<TBuilder>(this TBuilder builder, Role role)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new RequiredRole(role));

    /// <summary>Asks for the role <c>read</c>, or for a ticket of the job named in the path.</summary>
    public static TBuilder NeedsReadOrTicket<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new RequiredRole(Role.Read, TicketSuffices: true));
}
