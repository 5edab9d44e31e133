using System.Text;
using System.Text.Json;
using Workers.Node.Protocol;

namespace Workers.Node.Tests.Protocol;

public sealed class FrameTests
{
    [Fact]
    public async Task Frames_are_read_whole_however_they_arrive()
    {
        var text = "{\"method\":\"a\"}\n{\"id\":1,\"result\":{\"text\":\"ä\"}}\n{\"method\":\"cut off\"";
        foreach (var piece in new[] { 1, 2, 7, 1000 })
        {
            await using var reader = new FrameReader(new PiecewiseStream(Encoding.UTF8.GetBytes(text), piece));
            Assert.Equal("a", (await reader.ReadAsync(CancellationToken.None))!.Method);
            Assert.Equal("ä", (await reader.ReadAsync(CancellationToken.None))!.Result!.Value.GetProperty("text").GetString());
            Assert.Null(await reader.ReadAsync(CancellationToken.None));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("17")]
    [InlineData("{")]
    [InlineData("{\"method\":7}")]
    [InlineData("{\"id\":NaN}")]
    [InlineData("\0\u0001")]
    public async Task What_is_no_frame_is_a_fault(string line)
    {
        await using var reader = new FrameReader(new MemoryStream(Encoding.UTF8.GetBytes(line + "\n")));
        await Assert.ThrowsAsync<ProtocolException>(() => reader.ReadAsync(CancellationToken.None).AsTask());
    }

    [Fact]
    public async Task Deeply_nested_json_is_a_fault_and_not_a_stack_overflow()
    {
        var line = "{\"result\":" + new string('[', 100_000) + new string(']', 100_000) + "}\n";
        await using var reader = new FrameReader(new MemoryStream(Encoding.UTF8.GetBytes(line)));
        await Assert.ThrowsAsync<ProtocolException>(() => reader.ReadAsync(CancellationToken.None).AsTask());
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task A_frame_may_have_a_mebibyte_with_its_newline_and_no_byte_more(int more, bool good)
    {
        const string Head = "{\"method\":\"", Tail = "\"}\n";
        var line = Head + new string('x', FrameReader.Limit - Head.Length - Tail.Length + more) + Tail;
        await using var reader = new FrameReader(new PiecewiseStream(Encoding.UTF8.GetBytes(line), 60_000));
        if (good)
            Assert.NotNull(await reader.ReadAsync(CancellationToken.None));
        else
            await Assert.ThrowsAsync<ProtocolException>(() => reader.ReadAsync(CancellationToken.None).AsTask());
    }

    [Fact]
    public async Task An_endless_line_is_refused_without_being_kept()
    {
        await using var reader = new FrameReader(new PiecewiseStream(new byte[8 * FrameReader.Limit].Select(_ => (byte)'x').ToArray(), 60_000));
        await Assert.ThrowsAsync<ProtocolException>(() => reader.ReadAsync(CancellationToken.None).AsTask());
    }

    [Fact]
    public async Task Frames_written_at_once_do_not_mix()
    {
        using var stream = new MemoryStream();
        using var writer = new FrameWriter(stream);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(id => Task.Run(() =>
            writer.RequestAsync(id, "m", new Cancel(id), ProtocolJson.Default.Cancel, CancellationToken.None))));
        var ids = Encoding.UTF8.GetString(stream.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Select(frame => (frame.GetProperty("id").GetInt32(), frame.GetProperty("params").GetProperty("call").GetInt32()));
        Assert.Equal(Enumerable.Range(0, 200).Select(id => (id, id)), ids.Order());
    }

    [Fact]
    public async Task A_frame_of_ours_over_the_limit_is_not_sent()
    {
        using var stream = new MemoryStream();
        using var writer = new FrameWriter(stream);
        var large = new Warmup(new string('x', FrameReader.Limit));
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            writer.RequestAsync(1, "warmup", large, ProtocolJson.Default.Warmup, CancellationToken.None));
        Assert.Equal(0, stream.Length);
        await writer.NotifyAsync("shutdown", CancellationToken.None);
        Assert.Equal("{\"jsonrpc\":\"2.0\",\"method\":\"shutdown\"}\n", Encoding.UTF8.GetString(stream.ToArray()));
    }

    /// <summary>Gives its bytes a few at a time.</summary>
    private sealed class PiecewiseStream(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
    }
}
