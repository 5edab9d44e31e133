using System.Net;

namespace Workers.Api.Fetching;

/// <summary>Which addresses a URL of a client may lead to: none that only this machine or its network can reach.</summary>
internal static class AddressRules
{
    // IANA's special-purpose registries (RFC 6890 and its successors), and what can be reached by nobody but us.
    private static readonly IPNetwork[] Special =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
            "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
        }.Select(IPNetwork.Parse),
    ];

    // What an intranet is made of. Link-local addresses are not among them: cloud providers serve machines' credentials there.
    private static readonly IPNetwork[] Intranet =
    [
        .. new[] { "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7" }.Select(IPNetwork.Parse),
    ];

    // Cloud providers' metadata services that lie among unique-local and shared addresses.
    private static readonly IPAddress[] Metadata = [IPAddress.Parse("fd00:ec2::254"), IPAddress.Parse("100.100.100.200")];

    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork Translated = IPNetwork.Parse("64:ff9b::/96"); // RFC 6052: the last four bytes are an IPv4 address.

    /// <summary>Whether everybody on the Internet means the same machine by this address.</summary>
    public static bool IsPublic(IPAddress address)
    {
        var plain = Plain(address);
        return !Special.Any(network => network.Contains(plain))
            && (plain.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork || GlobalUnicast.Contains(plain));
    }

    /// <summary>Whether it is an address of a private network or of this machine, and no metadata service.</summary>
    public static bool IsIntranet(IPAddress address)
    {
        var plain = Plain(address);
        return Intranet.Any(network => network.Contains(plain)) && !Metadata.Contains(plain);
    }

    // An IPv4 address in an IPv6 coat is judged by what it is.
    private static IPAddress Plain(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        return address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 && Translated.Contains(address)
            ? new IPAddress(address.GetAddressBytes().AsSpan(12))
            : address;
    }
}
