using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace Workers.Jobs.Redis;

/// <summary>Redis answered an error; the message is its text.</summary>
internal sealed class RespErrorException(string message) : Exception(message);

/// <summary>
/// A bare connection to Redis for a few questions while StackExchange.Redis cannot ask them: it takes a Redis that is loading, or that refuses the
/// password, for one that isn't there. RESP2, one command at a time, small replies.
/// </summary>
internal sealed class RespConnection : IDisposable
{
    private const int LongestReply = 64 * 1024;

    private readonly Socket socket;
    private readonly BufferedStream stream;

    private RespConnection(Socket socket, Stream stream)
    {
        this.socket = socket;
        this.stream = new BufferedStream(stream);
    }

    /// <summary>Connects and, given a password, authenticates.</summary>
    /// <param name="endpoint">Where Redis listens.</param>
    /// <param name="tlsHost">The name that its certificate must be for; null: no TLS.</param>
    /// <param name="user">Its account, or null for the default one.</param>
    /// <param name="password">Its password, or null.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="SocketException">Nobody listens, or the host is unknown.</exception>
    /// <exception cref="AuthenticationException">The certificate is not one to trust.</exception>
    /// <exception cref="RespErrorException">The password was refused.</exception>
    internal static async Task<RespConnection> OpenAsync(
        EndPoint endpoint, string? tlsHost, string? user, string? password, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endpoint, cancellation);
            var connection = new RespConnection(socket, await StreamAsync(socket, tlsHost, cancellation));
            if (!string.IsNullOrEmpty(password))
                await connection.SendAsync(cancellation, string.IsNullOrEmpty(user) ? ["AUTH", password] : ["AUTH", user, password]);
            return connection;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends one command and gives its reply; elements of an array are joined by line ends.</summary>
    /// <exception cref="RespErrorException">Redis answered an error.</exception>
    /// <exception cref="IOException">The connection ended.</exception>
    internal async Task<string> SendAsync(CancellationToken cancellation, params string[] command)
    {
        var frame = new StringBuilder().Append(CultureInfo.InvariantCulture, $"*{command.Length}\r\n");
        foreach (var part in command)
            frame.Append(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(part)}\r\n{part}\r\n");
        await stream.WriteAsync(Encoding.UTF8.GetBytes(frame.ToString()), cancellation);
        await stream.FlushAsync(cancellation);
        return await ReadReplyAsync(cancellation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        stream.Dispose();
        socket.Dispose();
    }

    private static async Task<Stream> StreamAsync(Socket socket, string? tlsHost, CancellationToken cancellation)
    {
        var plain = new NetworkStream(socket);
        if (tlsHost is null)
            return plain;
        var tls = new SslStream(plain);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = tlsHost }, cancellation);
        return tls;
    }

    private async Task<string> ReadReplyAsync(CancellationToken cancellation)
    {
        var line = await ReadLineAsync(cancellation);
        switch (line.Length == 0 ? '\0' : line[0])
        {
            case '+' or ':':
                return line[1..];
            case '-':
                throw new RespErrorException(line[1..]);
            case '$':
                return await ReadBulkAsync(Length(line), cancellation);
            case '*':
                var elements = new List<string>();
                for (var left = Length(line); left > 0; left--)
                    elements.Add(await ReadReplyAsync(cancellation));
                return string.Join('\n', elements);
            default:
                throw new InvalidDataException("What listens there does not speak Redis's protocol.");
        }
    }

    private static int Length(string line) =>
        int.TryParse(line.AsSpan(1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var length) && length <= LongestReply
            ? length
            : throw new InvalidDataException("What listens there does not speak Redis's protocol.");

    private async Task<string> ReadBulkAsync(int length, CancellationToken cancellation)
    {
        if (length < 0)
            return "";
        var bytes = new byte[length + 2];
        await stream.ReadExactlyAsync(bytes, cancellation);
        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    private async Task<string> ReadLineAsync(CancellationToken cancellation)
    {
        var line = new StringBuilder();
        var next = new byte[1];
        while (line.Length < LongestReply)
        {
            await stream.ReadExactlyAsync(next, cancellation);
            if (next[0] == '\n')
                return line.ToString();
            if (next[0] != '\r')
                line.Append((char)next[0]);
        }
        throw new InvalidDataException("What listens there does not speak Redis's protocol.");
    }
}
