using Microsoft.AspNetCore.Http;

namespace Workers.Api.Security;

/// <summary>Who makes a request.</summary>
/// <param name="Name">The key's name, the <c>client</c> of its jobs; <c>anonymous</c> without keys.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Weight">Its share of the workers beside others.</param>
public sealed record Caller(string Name, Role Role, int Weight = 1)
{
    /// <summary>Everybody, where no keys are configured (the server then listens on loopback only).</summary>
    public static readonly Caller Anonymous = new("anonymous", Role.Admin);

    /// <summary>Who makes this request; set by <see cref="ApiKeyMiddleware"/>.</summary>
    public static Caller Of(HttpContext context) =>
        context.Features.Get<Caller>() ?? throw new InvalidOperationException("The API key middleware has not run for this request.");
}
