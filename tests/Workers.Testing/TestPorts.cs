using System.Net;
using System.Net.Sockets;

namespace Workers.Testing;

/// <summary>Ports that nobody listens on at the moment.</summary>
public static class TestPorts
{
    /// <summary>A free loopback port. Somebody else may take it before you do: be ready to try again.</summary>
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
