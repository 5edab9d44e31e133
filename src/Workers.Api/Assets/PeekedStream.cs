namespace Workers.Api.Assets;

/// <summary>A forward-only stream whose first bytes were looked at and are given again.</summary>
internal sealed class PeekedStream : Stream
{
    private readonly Stream inner;
    private readonly ReadOnlyMemory<byte> prefix;
    private int given;

    private PeekedStream(Stream inner, ReadOnlyMemory<byte> prefix) => (this.inner, this.prefix) = (inner, prefix);

    /// <summary>The first bytes: as many as were asked for, fewer only where the stream is shorter.</summary>
    public ReadOnlySpan<byte> Prefix => prefix.Span;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Looks at the first bytes.</summary>
    public static async Task<PeekedStream> OpenAsync(Stream inner, int count, CancellationToken cancellation)
    {
        var buffer = new byte[count];
        var read = await inner.ReadAtLeastAsync(buffer, count, throwOnEndOfStream: false, cancellation);
        return new PeekedStream(inner, buffer.AsMemory(0, read));
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (given >= prefix.Length)
            return await inner.ReadAsync(buffer, cancellationToken);
        var count = Math.Min(buffer.Length, prefix.Length - given);
        prefix.Slice(given, count).CopyTo(buffer);
        given += count;
        return count;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Request bodies are read asynchronously.");

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
