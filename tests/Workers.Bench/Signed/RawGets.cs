using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Workers.Bench.Report;

namespace Workers.Bench.Signed;

/// <summary>
/// The same GET over and over on open connections, with next to nothing between the socket and the clock: an HTTP client of the framework would take more of
/// the machine than either server.
/// </summary>
internal static class RawGets
{
    private const int Room = 1 << 17;

    /// <summary>So many connections for so long, each asking again as soon as it has its answer.</summary>
    /// <returns>Answers a second of all together, and the seconds of each.</returns>
    /// <exception cref="InvalidOperationException">An answer was none of 200.</exception>
    public static async Task<(double PerSecond, Series Seconds)> RunAsync(int port, string path, int connections, TimeSpan duration)
    {
        var request = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"));
        var clock = Stopwatch.StartNew();
        var all = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(() => OneAsync(port, request, clock, duration))));
        var seconds = clock.Elapsed.TotalSeconds;
        var together = new Series();
        foreach (var one in all) together.Add(one);
        return (together.Count / seconds, together);
    }

    private static async Task<Series> OneAsync(int port, byte[] request, Stopwatch clock, TimeSpan duration)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        var buffer = new byte[Room];
        var seconds = new Series();
        while (clock.Elapsed < duration)
        {
            var began = Stopwatch.GetTimestamp();
            await socket.SendAsync(request);
            for (int received = 0, whole = int.MaxValue; received < whole;)
            {
                var more = await socket.ReceiveAsync(buffer.AsMemory(received));
                if (more == 0) throw new InvalidOperationException("The connection was closed.");
                received += more;
                if (whole == int.MaxValue) whole = LengthOf(buffer.AsSpan(0, received));
            }

            seconds.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
        }

        return seconds;
    }

    // Of head and body, as soon as the head is there.
    private static int LengthOf(ReadOnlySpan<byte> answer)
    {
        var end = answer.IndexOf("\r\n\r\n"u8);
        if (end < 0) return int.MaxValue;
        var head = answer[..end];
        var length = head.IndexOf("\r\nContent-Length: "u8);
        if (!head.StartsWith("HTTP/1.1 200"u8) || length < 0 || !Utf8Parser.TryParse(head[(length + 18)..], out int body, out _))
            throw new InvalidOperationException($"Answered: {Encoding.ASCII.GetString(head)}");
        return end + 4 + body;
    }
}
