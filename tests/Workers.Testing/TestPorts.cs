using System.Net;
using System.Net.Sockets;

namespace Workers.Testing;

/// <summary>Ports that nobody listens on at the moment.</summary>
public static class TestPorts
{
    // Below the ports that systems give to outgoing connections. From among those, a port whose server is being restarted may be taken by any
    // connection of the machine, even by a client that tries to reach that server: it would be connected to itself.
    private const int Lowest = 12_000;
    private const int Highest = 32_000;
    private const int Tries = 1_000;

    /// <summary>A free loopback port. Somebody else may take it before you do: be ready to try again.</summary>
    public static int Free()
    {
        for (var left = Tries; ; left--)
        {
            using var listener = new TcpListener(IPAddress.Loopback, Random.Shared.Next(Lowest, Highest));
            try
            {
                listener.Start();
                return ((IPEndPoint)listener.LocalEndpoint).Port;
            }
            catch (SocketException error) when (error.SocketErrorCode == SocketError.AddressAlreadyInUse && left > 0)
            {
                // Another one, then.
            }
        }
    }
}
