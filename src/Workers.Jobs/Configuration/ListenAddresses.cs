using System.Net;
using System.Text.RegularExpressions;

namespace Workers.Jobs.Configuration;

/// <summary>The addresses of <c>urls</c>, read without touching the network.</summary>
internal static partial class ListenAddresses
{
    /// <summary>Tells what is wrong with them; other than loopback needs keys.</summary>
    internal static void Check(string urls, bool hasKeys, List<string> problems)
    {
        var addresses = urls.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (addresses.Length == 0)
            problems.Add("urls: names no address, e.g. http://127.0.0.1:8700.");
        foreach (var address in addresses)
        {
            if (Address().Match(address) is not { Success: true } match)
                problems.Add($"urls: \"{address}\" is not an address such as http://127.0.0.1:8700.");
            else if (!hasKeys && !IsLoopback(match.Groups["host"].Value))
                problems.Add(
                    $"urls: {address} can be reached from other machines, but no API keys are configured. "
                        + "Add \"keys\" (or WORKERS__KEYS__0__NAME, …__SHA256, …__ROLE), or listen on 127.0.0.1.");
        }
    }

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    [GeneratedRegex(@"^https?://(?<host>\[[0-9A-Fa-f:.]+\]|[^\[\]/:\s]+)(:\d{1,5})?/?$")]
    private static partial Regex Address();
}
