using System.Security.Cryptography;
using Workers.Blobs.S3;
using Workers.Jobs.Configuration;
using Workers.Testing;
using Xunit;

namespace Workers.Blobs.Tests;

/// <summary>Two machines that share a bucket and nothing else, on a real S3-speaking server.</summary>
public sealed class S3BlobStoreTests(S3Server server) : IClassFixture<S3Server>, IDisposable
{
    private readonly TempFolder temp = new();

    public void Dispose() => temp.Dispose();

    [S3Fact]
    public async Task What_one_machine_stores_another_opens_reads_and_deletes()
    {
        using var here = Machine("here");
        using var there = Machine("there");
        foreach (var size in new[] { 0, 1, 5_000, 300_000 })
        {
            var bytes = RandomNumberGenerator.GetBytes(size);
            var blob = await StoreAsync(here, bytes);
            Assert.Equal((Convert.ToHexStringLower(SHA256.HashData(bytes)), size), (blob.Hex, blob.Size));
            Assert.True(await there.ExistsAsync(blob.Hex, default));
            Assert.Equal(bytes, await File.ReadAllBytesAsync((await there.PathAsync(blob.Hex, default))!));
            Assert.Equal(bytes, await ReadAsync(there, blob.Hex));
            await there.DeleteAsync(blob.Hex, default);
            Assert.False(await here.ExistsAsync(blob.Hex, default));
            Assert.Null(await there.OpenAsync(blob.Hex, default));
        }
    }

    [S3Fact]
    public async Task Large_blobs_are_whole_or_not_there()
    {
        using var here = Machine("here", capacity: 1L << 30);
        using var there = Machine("there", capacity: 1L << 30);
        var bytes = RandomNumberGenerator.GetBytes(40 << 20);
        var blob = await StoreAsync(here, bytes);
        Assert.Equal(bytes, await ReadAsync(there, blob.Hex));
        await Assert.ThrowsAsync<BlobTooLargeException>(() => here.StoreAsync(new MemoryStream(bytes), 10_000_000, default));
    }

    [S3Fact]
    public async Task Known_bytes_are_not_sent_again_and_lost_ones_are()
    {
        using var here = Machine("here");
        var bytes = RandomNumberGenerator.GetBytes(2_000);
        var blob = await StoreAsync(here, bytes);
        var file = server.Files.Single(path => path.Contains(blob.Hex, StringComparison.Ordinal) && path.EndsWith("_object", StringComparison.Ordinal));
        File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);
        await StoreAsync(here, bytes);
        Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(file));
        foreach (var part in server.Files.Where(path => path.Contains(blob.Hex, StringComparison.Ordinal)).ToList())
            File.Delete(part);
        await StoreAsync(here, bytes);
        Assert.True(await here.ExistsAsync(blob.Hex, default));
    }

    [S3Fact]
    public async Task An_object_with_other_bytes_is_never_given_out()
    {
        using var here = Machine("here");
        using var there = Machine("there");
        var blob = await StoreAsync(here, RandomNumberGenerator.GetBytes(2_000));
        var file = server.Files.Single(path => path.Contains(blob.Hex, StringComparison.Ordinal) && path.EndsWith("_object", StringComparison.Ordinal));
        await File.WriteAllBytesAsync(file, new byte[2_000]);
        await Assert.ThrowsAnyAsync<Exception>(() => there.OpenAsync(blob.Hex, default)); // The SDK's own check, or ours.
        Assert.Null(await LocalAsync("there", blob.Hex));
    }

    [S3Fact]
    public async Task While_the_server_is_down_it_says_so_and_goes_on_afterwards()
    {
        using var here = Machine("here");
        var bytes = RandomNumberGenerator.GetBytes(2_000);
        var blob = await StoreAsync(here, bytes);
        server.Kill();
        var error = await Assert.ThrowsAsync<BlobStoreUnavailableException>(() => StoreAsync(here, RandomNumberGenerator.GetBytes(10)));
        Assert.Contains(server.Endpoint, error.Message, StringComparison.Ordinal);
        Assert.Equal(bytes, await ReadAsync(here, blob.Hex)); // From its own copy.
        server.Start();
        await StoreAsync(here, RandomNumberGenerator.GetBytes(10));
    }

    [S3Fact]
    public async Task Many_at_once_download_once()
    {
        using var here = Machine("here");
        var copies = new LocalCopies(temp.Below("there"), 1 << 30, new BlobCache());
        using var there = new S3BlobStore(S3Client.Of(Settings), Settings, copies);
        var bytes = RandomNumberGenerator.GetBytes(300_000);
        var blob = await StoreAsync(here, bytes);
        var all = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ReadAsync(there, blob.Hex)));
        Assert.All(all, read => Assert.Equal(bytes, read));
        Assert.Equal(bytes.Length, copies.Size); // Every download would have counted.
    }

    [Fact]
    public async Task Copies_that_were_not_used_lately_go_when_there_are_too_many()
    {
        var clock = new SteppedClock();
        var copies = new LocalCopies(temp.Below("copies"), 10_000, new BlobCache(), clock);
        var blobs = new List<string>();
        for (var number = 0; number < 30; number++)
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            blobs.Add((await copies.AddAsync(new MemoryStream(RandomNumberGenerator.GetBytes(1_000)), 1_000, default)).Hex);
            Assert.NotNull(await copies.PathAsync(blobs[0], default)); // Used all the time.
        }

        var kept = new List<string>();
        foreach (var hex in blobs)
            if (await copies.PathAsync(hex, default) is not null)
                kept.Add(hex);
        Assert.Contains(blobs[0], kept);
        Assert.Equal(blobs.TakeLast(9), kept.TakeLast(9));
        Assert.InRange(kept.Count, 9, 13);
        Assert.Equal(kept.Count * 1_000, new LocalCopies(temp.Below("copies"), 10_000, new BlobCache(), clock).Size);
    }

    private S3Settings Settings => new(server.Endpoint, S3Server.Bucket, "us-east-1", "some/place/", PathStyle: true, 1 << 20);

    private S3BlobStore Machine(string name, long capacity = 1 << 20) =>
        new(S3Client.Of(Settings), Settings, new LocalCopies(temp.Below(name), capacity, new BlobCache()));

    private Task<string?> LocalAsync(string machine, string hex) =>
        new LocalCopies(temp.Below(machine), 1 << 20, new BlobCache()).PathAsync(hex, default);

    private static Task<StoredBlob> StoreAsync(S3BlobStore store, byte[] bytes) => store.StoreAsync(new MemoryStream(bytes), bytes.Length, default);

    private static async Task<byte[]> ReadAsync(S3BlobStore store, string hex)
    {
        await using var content = (await store.OpenAsync(hex, default))!;
        var copy = new MemoryStream();
        await content.CopyToAsync(copy);
        return copy.ToArray();
    }
}
