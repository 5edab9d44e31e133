using System.Net;
using Microsoft.AspNetCore.Http;
using Workers.Api.Problems;
using Workers.Contracts;
using Workers.Jobs.Configuration;

namespace Workers.Api.Security;

/// <summary>
/// Refuses foreign <c>Host</c> headers (DNS rebinding: a page at evil.example whose name suddenly means 127.0.0.1) and state-changing
/// requests that a browser sends from a page of a foreign origin.
/// </summary>
internal sealed class HostMiddleware(RequestDelegate next, ServerSettings settings)
{
    private static readonly PathString SignedUrls = SignedUrl.Prefix.TrimEnd('/');
    private readonly HashSet<string> hosts = AllowedHosts(settings);
    private readonly HashSet<string> origins = new(settings.Origins, StringComparer.OrdinalIgnoreCase);

    /// <summary>Runs the rest of the pipeline for our own names.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        var host = context.Request.Host;
        // A signed URL is its own permission, by whatever name it is asked for: a CDN may send its own.
        if (!IsOurs(host.Host, context.Connection.LocalIpAddress) && !context.Request.Path.StartsWithSegments(SignedUrls, StringComparison.Ordinal))
        {
            throw new Problem(
                ProblemKinds.HostNotAllowed,
                $"The Host header says '{Shown(host.Host)}', which is not a name of this server. If it is, add it to 'hosts' in the configuration.")
                .AsException();
        }

        if (IsForeignWrite(context.Request))
        {
            throw new Problem(
                ProblemKinds.OriginNotAllowed,
                $"A page at '{Shown(context.Request.Headers.Origin.ToString())}' sent this. "
                    + "Name its origin under 'origins' in the configuration to let it.")
                .AsException();
        }

        return next(context);
    }

    private static HashSet<string> AllowedHosts(ServerSettings settings)
    {
        var allowed = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "localhost", "127.0.0.1", "[::1]" };
        foreach (var url in settings.Urls.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            // http://*:8700 and http://+:8700 are not URIs, and name no host anyway.
            if (Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Host is not ("0.0.0.0" or "[::]"))
                allowed.Add(address.Host);
        }

        allowed.UnionWith(settings.Hosts);
        return allowed;
    }

    // A rebinding attack needs a name; the literal address at which the connection came in cannot be one.
    private bool IsOurs(string host, IPAddress? local) =>
        hosts.Contains(host)
        || (local is not null && IPAddress.TryParse(host.Trim('[', ']'), out var literal) && literal.Equals(Plain(local)));

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    // Browsers send Origin with every cross-origin write, also with those that need no preflight (forms, raw bodies).
    private bool IsForeignWrite(HttpRequest request)
    {
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method))
            return false;
        var origin = request.Headers.Origin.ToString();
        return origin.Length > 0
            && !origins.Contains(origin)
            && !string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
    }

    private static string Shown(string value) => value.Length > 100 ? value[..100] + "…" : value;
}
