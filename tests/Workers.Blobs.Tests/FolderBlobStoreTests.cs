using System.Runtime.Versioning;
using System.Security.Cryptography;
using Workers.Testing;
using Xunit;

[assembly: UnsupportedOSPlatform("windows")] // File modes and links are Unix's here.

namespace Workers.Blobs.Tests;

public sealed class FolderBlobStoreTests : IDisposable
{
    private const long NoLimit = long.MaxValue;

    private readonly TempFolder temp = new();
    private readonly BlobCache cache = new();
    private readonly FolderBlobStore store;

    public FolderBlobStoreTests() => store = new FolderBlobStore(Folder, durable: true, cache);

    private string Folder => temp.Below("blobs");

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(128 * 1024 - 1)]
    [InlineData(128 * 1024)] // Exactly a buffer: no longer hashed before it is written.
    [InlineData(3_000_001)]
    public async Task Bytes_come_back_as_they_went_in_read_only_and_seekable(int size)
    {
        var bytes = Bytes(size);
        var stored = await store.StoreAsync(new Trickle(bytes), NoLimit, CancellationToken.None);
        Assert.Equal(new StoredBlob(Hex(bytes), size), stored);
        Assert.True(await store.ExistsAsync(stored.Hex, CancellationToken.None));

        var path = await store.PathAsync(stored.Hex, CancellationToken.None);
        Assert.Equal(Path.Combine(Folder, "sha256", stored.Hex[..2], stored.Hex), path);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead, File.GetUnixFileMode(path!));
        Assert.Equal(bytes, await File.ReadAllBytesAsync(path!));

        foreach (var reader in new[] { store, new FolderBlobStore(Folder, durable: false, new BlobCache()) }) // From memory, from the disk.
        {
            await using var stream = (await reader.OpenAsync(stored.Hex, CancellationToken.None))!;
            stream.Seek(size / 2, SeekOrigin.Begin);
            var half = new MemoryStream();
            await stream.CopyToAsync(half);
            Assert.Equal(bytes[(size / 2)..], half.ToArray());
        }
        Assert.Single(Files());
    }

    [Fact]
    public async Task What_was_deleted_or_never_there_is_told_as_absent()
    {
        var stored = await StoreAsync(Bytes(10));
        await store.DeleteAsync(stored.Hex, CancellationToken.None);
        await store.DeleteAsync(stored.Hex, CancellationToken.None);
        foreach (var hex in new[] { stored.Hex, new string('0', 64) })
        {
            Assert.Null(await store.OpenAsync(hex, CancellationToken.None));
            Assert.Null(await store.PathAsync(hex, CancellationToken.None));
            Assert.False(await store.ExistsAsync(hex, CancellationToken.None));
        }
        await store.DeleteAsync(new string('0', 64), CancellationToken.None);
    }

    [Theory]
    [InlineData(1_000, 999)]
    [InlineData(2_000_000, 1_999_999)]
    public async Task One_byte_too_many_is_refused_and_nothing_stays(int size, long limit)
    {
        var refused = await Assert.ThrowsAsync<BlobTooLargeException>(
            () => store.StoreAsync(new Trickle(Bytes(size)), limit, CancellationToken.None));
        Assert.Equal(limit, refused.Limit);
        Assert.Empty(Files());
        await store.StoreAsync(new Trickle(Bytes(size)), limit + 1, CancellationToken.None);
    }

    [Theory]
    [InlineData(50_000)]
    [InlineData(1_000_000)]
    public async Task An_upload_that_breaks_off_or_is_canceled_leaves_nothing(int sizeBefore)
    {
        await Assert.ThrowsAsync<EndOfStreamException>(() =>
            store.StoreAsync(new Trickle(Bytes(sizeBefore), atEnd: () => throw new EndOfStreamException()), NoLimit, CancellationToken.None));
        using var cancel = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            store.StoreAsync(new Trickle(Bytes(sizeBefore), atEnd: cancel.Cancel), NoLimit, cancel.Token));
        Assert.Empty(Files());
    }

    [Fact]
    public async Task The_same_bytes_from_many_at_once_are_one_file_and_readable_all_the_while()
    {
        foreach (var size in new[] { 5_000, 700_000 })
        {
            var bytes = Bytes(size);
            await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
            {
                var stored = await StoreAsync(bytes);
                await using var stream = (await store.OpenAsync(stored.Hex, CancellationToken.None))!;
                Assert.Equal(stored.Hex, Convert.ToHexStringLower(await SHA256.HashDataAsync(stream)));
            })).ToArray()).WithinLimitAsync();
        }
        Assert.Equal(2, Files().Length);
    }

    [Fact]
    public async Task A_reader_keeps_its_bytes_while_they_are_deleted()
    {
        var bytes = Bytes(600_000); // Too large for the memory.
        var stored = await StoreAsync(bytes);
        await using var stream = (await store.OpenAsync(stored.Hex, CancellationToken.None))!;
        await store.DeleteAsync(stored.Hex, CancellationToken.None);
        Assert.Equal(stored.Hex, Convert.ToHexStringLower(await SHA256.HashDataAsync(stream)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("../../etc/passwd")]
    [InlineData("ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789")]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde")]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0")]
    [InlineData("../../../../../../../../../../../../../../../../../../../etc/passwd")]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\n")]
    public async Task Only_64_lower_case_hex_digits_become_a_path(string name)
    {
        await Assert.ThrowsAsync<ArgumentException>(async () => await store.OpenAsync(name, CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentException>(async () => await store.PathAsync(name, CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentException>(async () => await store.ExistsAsync(name, CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentException>(async () => await store.DeleteAsync(name, CancellationToken.None));
    }

    [Fact]
    public async Task A_link_in_a_blobs_place_is_not_followed_and_is_replaced_when_the_blob_comes()
    {
        var bytes = Bytes(100);
        var (hex, secret) = (Hex(bytes), temp.Below("secret"));
        await File.WriteAllTextAsync(secret, "not for you");
        var place = Path.Combine(Folder, "sha256", hex[..2], hex);
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        File.CreateSymbolicLink(place, secret);

        Assert.Null(await store.OpenAsync(hex, CancellationToken.None));
        Assert.Null(await store.PathAsync(hex, CancellationToken.None));
        await StoreAsync(bytes);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(place));
        Assert.Equal("not for you", await File.ReadAllTextAsync(secret));
    }

    [Fact]
    public async Task A_file_that_a_power_loss_left_empty_is_written_anew()
    {
        var bytes = Bytes(100);
        var path = (await store.PathAsync((await StoreAsync(bytes)).Hex, CancellationToken.None))!;
        File.Delete(path);
        await File.WriteAllBytesAsync(path, []);
        await StoreAsync(bytes);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(path));
    }

    [Fact]
    public void Leftovers_of_a_crash_go_after_a_day_and_not_before()
    {
        var (old, fresh) = (Path.Combine(Folder, "incoming", "old"), Path.Combine(Folder, "incoming", "fresh"));
        File.WriteAllText(old, "x");
        File.WriteAllText(fresh, "x"); // Another process may be writing it right now.
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddDays(-1.1));
        _ = new FolderBlobStore(Folder, durable: false, new BlobCache());
        Assert.Equal([fresh], Files());
    }

    public void Dispose() => temp.Dispose();

    [Theory]
    [InlineData(1_000)]
    [InlineData(300_000)]
    public async Task The_name_is_told_before_the_bytes_are_there_and_whoever_refuses_it_keeps_them_out(int size)
    {
        var bytes = Bytes(size);
        var told = new List<(string Hex, bool Stored)>();
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => store.StoreAsync(new Trickle(bytes), NoLimit, CancellationToken.None, _ => throw new InvalidOperationException()));
        var blob = await store.StoreAsync(
            new Trickle(bytes), NoLimit, CancellationToken.None, async hex => told.Add((hex, await store.ExistsAsync(hex, CancellationToken.None))));
        Assert.Equal([(blob.Hex, false)], told);
        Assert.True(await store.ExistsAsync(blob.Hex, CancellationToken.None));
    }

    private Task<StoredBlob> StoreAsync(byte[] bytes) => store.StoreAsync(new Trickle(bytes), NoLimit, CancellationToken.None);

    private string[] Files() => Directory.GetFiles(Folder, "*", SearchOption.AllDirectories);

    private static byte[] Bytes(int size)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return bytes;
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>A stream as uploads are: not seekable, of unknown length, in odd pieces.</summary>
    private sealed class Trickle(byte[] bytes, Action? atEnd = null) : Stream
    {
        private const int Piece = 40_009;

        private int position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var piece = Math.Min(Math.Min(count, Piece), bytes.Length - position);
            if (piece == 0)
                atEnd?.Invoke();
            bytes.AsSpan(position, piece).CopyTo(buffer.AsSpan(offset));
            position += piece;
            return piece;
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            var piece = new byte[buffer.Length];
            var count = Read(piece, 0, piece.Length);
            cancellationToken.ThrowIfCancellationRequested();
            piece.AsMemory(0, count).CopyTo(buffer);
            return count;
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
