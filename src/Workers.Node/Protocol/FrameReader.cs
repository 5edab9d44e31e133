using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;

namespace Workers.Node.Protocol;

/// <summary>Reads newline-delimited JSON objects of at most <see cref="Limit"/> bytes.</summary>
internal sealed class FrameReader(Stream stream) : IAsyncDisposable
{
    /// <summary>Largest frame in bytes, newline included.</summary>
    public const int Limit = 1024 * 1024;

    private readonly PipeReader pipe = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 16 * 1024, leaveOpen: true));

    /// <summary>The next frame, or null at the end of the stream.</summary>
    /// <exception cref="ProtocolException">Too long, or not a JSON object.</exception>
    public async ValueTask<Frame?> ReadAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var read = await pipe.ReadAsync(cancellation);
            var buffer = read.Buffer;
            if (buffer.PositionOf((byte)'\n') is { } newline)
            {
                var line = buffer.Slice(0, newline);
                if (line.Length >= Limit)
                    throw TooLong();
                var frame = Parse(line);
                pipe.AdvanceTo(buffer.GetPosition(1, newline));
                return frame;
            }

            if (buffer.Length >= Limit)
                throw TooLong();
            pipe.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
                return null; // A last line without its newline was cut off and does not count.
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => pipe.CompleteAsync();

    private static ProtocolException TooLong() => new($"The worker sent a frame of more than {Limit} bytes.");

    private static Frame Parse(ReadOnlySequence<byte> line)
    {
        try
        {
            var json = new Utf8JsonReader(line);
            return JsonSerializer.Deserialize(ref json, ProtocolJson.Default.Frame) ?? throw new JsonException("null is not a frame.");
        }
        catch (JsonException error)
        {
            throw new ProtocolException($"The worker sent a line that is no frame: {error.Message}", error);
        }
    }
}
