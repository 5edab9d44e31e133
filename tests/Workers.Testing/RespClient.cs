using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Workers.Testing;

/// <summary>
/// A minimal Redis client (RESP2, one command at a time): tests look at Redis with it past the code under test.
/// </summary>
public sealed class RespClient : IDisposable
{
    private readonly TcpClient client = new();
    private readonly Stream stream;

    /// <summary>Connects to a loopback port.</summary>
    public RespClient(int port, string? password = null)
    {
        client.Connect(IPAddress.Loopback, port);
        client.ReceiveTimeout = (int)Eventually.Limit.TotalMilliseconds;
        stream = new BufferedStream(client.GetStream());
        if (password is not null)
            Send("AUTH", password);
    }

    /// <summary>Sends one command. Arrays are answered as their elements, one a line; nil as an empty text.</summary>
    /// <exception cref="InvalidOperationException">Redis answered an error; its text is the message.</exception>
    public string Send(params string[] command)
    {
        var frame = new StringBuilder().Append(CultureInfo.InvariantCulture, $"*{command.Length}\r\n");
        foreach (var part in command)
            frame.Append(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(part)}\r\n{part}\r\n");
        stream.Write(Encoding.UTF8.GetBytes(frame.ToString()));
        stream.Flush();
        return ReadReply();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        stream.Dispose();
        client.Dispose();
    }

    private string ReadReply()
    {
        var line = ReadLine();
        return line[0] switch
        {
            '+' or ':' => line[1..],
            '-' => throw new InvalidOperationException(line[1..]),
            '$' => ReadBulk(Length(line)),
            '*' => string.Join('\n', Enumerable.Range(0, Math.Max(0, Length(line))).Select(_ => ReadReply())),
            _ => throw new InvalidDataException($"Not RESP: {line}"),
        };
    }

    private static int Length(string line) => int.Parse(line.AsSpan(1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    private string ReadBulk(int length)
    {
        if (length < 0)
            return "";
        var bytes = new byte[length + 2];
        stream.ReadExactly(bytes);
        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    private string ReadLine()
    {
        var line = new StringBuilder();
        for (var next = stream.ReadByte(); next != '\n'; next = stream.ReadByte())
        {
            if (next < 0)
                throw new EndOfStreamException("Redis closed the connection.");
            if (next != '\r')
                line.Append((char)next);
        }
        return line.ToString();
    }
}
