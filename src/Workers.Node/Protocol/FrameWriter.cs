using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Workers.Node.Protocol;

/// <summary>Writes frames whole, one at a time.</summary>
internal sealed class FrameWriter(Stream stream) : IDisposable
{
    private const int KeptBytes = 64 * 1024;

    private readonly SemaphoreSlim oneAtATime = new(1, 1);
    private ArrayBufferWriter<byte> buffer = new(4 * 1024);

    /// <summary>A request.</summary>
    public Task RequestAsync<T>(long id, string method, T parameters, JsonTypeInfo<T> type, CancellationToken cancellation) =>
        WriteAsync(
            json =>
            {
                json.WriteNumber("id"u8, id);
                json.WriteString("method"u8, method);
                json.WritePropertyName("params"u8);
                JsonSerializer.Serialize(json, parameters, type);
            },
            cancellation);

    /// <summary>A notification without parameters.</summary>
    public Task NotifyAsync(string method, CancellationToken cancellation) => WriteAsync(json => json.WriteString("method"u8, method), cancellation);

    /// <summary>A good reply.</summary>
    public Task ReplyAsync<T>(JsonElement? id, T result, JsonTypeInfo<T> type, CancellationToken cancellation) =>
        WriteAsync(
            json =>
            {
                WriteId(json, id);
                json.WritePropertyName("result"u8);
                JsonSerializer.Serialize(json, result, type);
            },
            cancellation);

    /// <summary>An error reply.</summary>
    public Task ErrorAsync(JsonElement? id, RpcError error, CancellationToken cancellation) =>
        WriteAsync(
            json =>
            {
                WriteId(json, id);
                json.WriteStartObject("error"u8);
                json.WriteNumber("code"u8, error.Code);
                json.WriteString("message"u8, error.Message);
                json.WriteEndObject();
            },
            cancellation);

    /// <inheritdoc/>
    public void Dispose() => oneAtATime.Dispose();

    private static void WriteId(Utf8JsonWriter json, JsonElement? id)
    {
        json.WritePropertyName("id"u8);
        if (id is { } known)
            known.WriteTo(json);
        else
            json.WriteNullValue();
    }

    private async Task WriteAsync(Action<Utf8JsonWriter> writeBody, CancellationToken cancellation)
    {
        await oneAtATime.WaitAsync(cancellation);
        try
        {
            buffer.ResetWrittenCount();
            using (var json = new Utf8JsonWriter(buffer))
            {
                json.WriteStartObject();
                json.WriteString("jsonrpc"u8, "2.0"u8);
                writeBody(json);
                json.WriteEndObject();
            }

            buffer.Write("\n"u8);
            if (buffer.WrittenCount > FrameReader.Limit)
                throw new InvalidOperationException($"A frame of {buffer.WrittenCount} bytes is over the limit of {FrameReader.Limit}.");

            // Not the caller's token: half a frame would spoil every later one. Closing the stream ends a write that hangs.
            await stream.WriteAsync(buffer.WrittenMemory, CancellationToken.None);
            if (buffer.Capacity > KeptBytes)
                buffer = new ArrayBufferWriter<byte>(4 * 1024);
        }
        finally
        {
            oneAtATime.Release();
        }
    }
}
