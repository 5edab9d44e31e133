using System.Net;
using Workers.Jobs.Configuration;

namespace Workers.Api.Fetching;

/// <summary>Which URLs are fetched, by what the configuration says of schemes and hosts, and which addresses their hosts may have.</summary>
internal sealed class FetchRules(ServerSettings settings)
{
    private const int LongestUrl = 4096;
    private readonly FetchSettings fetch = settings.Fetch;

    /// <summary>Whether an asset's name is meant as a URL.</summary>
    public static bool IsUrl(string name) =>
        name.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || name.StartsWith("http://", StringComparison.OrdinalIgnoreCase);

    /// <summary>What is wrong with a URL that a client names, or null; nothing is looked up.</summary>
    public string? Check(string name)
    {
        if (!fetch.Enabled)
        {
            return "URLs are not fetched on this server: its configuration would have to say \"fetch\": {\"enabled\": true}. "
                + "Upload the file (POST /v1/assets) and name it sha256:…";
        }

        if (name.Length > LongestUrl || !Uri.TryCreate(name, UriKind.Absolute, out var url))
            return $"Is no URL of at most {LongestUrl} characters.";
        return Check(url);
    }

    /// <summary>The same of a URL, also of one that a server led on to.</summary>
    public string? Check(Uri url)
    {
        if (url.Scheme != Uri.UriSchemeHttps && !(url.Scheme == Uri.UriSchemeHttp && Names(fetch.PlainHosts, url)))
            return "Must be https://… (plain http only of hosts that fetch.plainHosts of the configuration names).";
        if (url.UserInfo.Length > 0)
            return "Must not hold a user name or password.";
        if (url.IdnHost.Length == 0)
            return "Must name a host.";
        if (fetch.Hosts.Count > 0 && !Names(fetch.Hosts, url))
            return $"This server fetches nothing from '{url.IdnHost}' (fetch.hosts of its configuration lists the hosts).";
        return null;
    }

    /// <summary>Whether a connection to that host may go to this address.</summary>
    public bool Allows(string host, IPAddress address) =>
        AddressRules.IsPublic(address) || (AddressRules.IsIntranet(address) && Names(fetch.PrivateHosts, host));

    private static bool Names(IReadOnlyList<string> hosts, Uri url) => Names(hosts, url.IdnHost);

    private static bool Names(IReadOnlyList<string> hosts, string host)
    {
        var plain = host.TrimEnd('.').Trim('[', ']');
        return hosts.Any(known =>
            known.StartsWith("*.", StringComparison.Ordinal)
                ? plain.EndsWith(known[1..], StringComparison.OrdinalIgnoreCase) && plain.Length >= known.Length
                : plain.Equals(known, StringComparison.OrdinalIgnoreCase));
    }
}
