using System.Net;
using System.Net.Sockets;

namespace Workers.Api.Fetching;

/// <summary>Finds a host's addresses; the machine's resolver unless a test brings another.</summary>
/// <param name="host">A name.</param>
/// <param name="cancellation">Stops waiting.</param>
public delegate Task<IPAddress[]> HostResolver(string host, CancellationToken cancellation);

/// <summary>
/// Connects to hosts that clients name. A name is looked up once for each connection, every address it has is checked, and the connection goes to
/// one of exactly those: a name that means something else a moment later leads nowhere else.
/// </summary>
internal sealed class PinnedConnector(FetchRules rules, HostResolver resolve)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    /// <summary>Opens a connection.</summary>
    /// <exception cref="FetchException">Refused, or nobody there.</exception>
    public async ValueTask<Stream> ConnectAsync(DnsEndPoint target, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Longest);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(await AddressesAsync(target.Host, limit.Token), target.Port, limit.Token);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (Exception error)
        {
            socket.Dispose();
            if (error is SocketException)
                throw FetchException.Failed($"'{target.Host}' takes no connection at port {target.Port}.", error);
            if (error is OperationCanceledException && !cancellation.IsCancellationRequested)
                throw FetchException.Failed($"'{target.Host}' took no connection within {Longest.TotalSeconds} s.", error);
            throw;
        }
    }

    private async Task<IPAddress[]> AddressesAsync(string host, CancellationToken cancellation)
    {
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await LookUpAsync(host, cancellation);
        if (addresses.Length == 0)
            throw FetchException.Failed($"The host '{host}' has no address.");
        // One that is refused refuses all: a name with both kinds is somebody's try.
        return addresses.All(address => rules.Allows(host, address))
            ? addresses
            : throw FetchException.Refused(
                $"'{host}' is not a host of the Internet: it has a private, local or reserved address "
                + "(fetch.privateHosts of the configuration names hosts that may).");
    }

    private async Task<IPAddress[]> LookUpAsync(string host, CancellationToken cancellation)
    {
        try
        {
            return await resolve(host, cancellation);
        }
        catch (SocketException error)
        {
            throw FetchException.Failed($"The host '{host}' cannot be found.", error);
        }
    }
}
