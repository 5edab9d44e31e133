using Microsoft.Extensions.Logging.Abstractions;
using Workers.Jobs.Assets;
using Workers.Jobs.Redis;
using Workers.Testing;
using Xunit;

namespace Workers.Blobs.Tests;

/// <summary>To a reader, bytes that are on their way are as good as stored.</summary>
public sealed class ArrivingBlobsTests : IAsyncLifetime, IDisposable
{
    private static readonly string Hex = new('c', 64);
    private readonly TempFolder temp = new();
    private readonly TestRedis redis = TestRedis.Start(TestDurability.None);
    private readonly BlobCache cache = new();
    private RedisGate gate = null!;
    private FolderBlobStore store = null!;
    private ArrivingBlobs blobs = null!;

    public async Task InitializeAsync()
    {
        gate = new RedisGate(new RedisGateOptions { ConnectionString = redis.ConnectionString }, NullLogger<RedisGate>.Instance);
        await gate.StartAsync(default);
        store = new FolderBlobStore(temp.Below("blobs"), durable: false, new BlobCache());
        blobs = new ArrivingBlobs(store, new ArrivingBytes(gate), cache);
    }

    public async Task DisposeAsync() => await gate.DisposeAsync();

    public void Dispose()
    {
        redis.Dispose();
        temp.Dispose();
    }

    [Fact]
    public async Task Arriving_bytes_are_there_and_open()
    {
        Assert.False(await blobs.ExistsAsync(Hex, default));
        Assert.Null(await blobs.OpenAsync(Hex, default));
        redis.Command("SET", "{workers}:asset:" + Hex + ":bytes", "abc");
        Assert.True(await blobs.ExistsAsync(Hex, default));
        using var reader = new StreamReader((await blobs.OpenAsync(Hex, default))!);
        Assert.Equal("abc", await reader.ReadToEndAsync());
        Assert.Equal("abc"u8.ToArray(), cache.Find(Hex));
    }

    [Fact]
    public async Task A_path_stores_them_first_because_an_engine_reads_files()
    {
        var bytes = "abc"u8.ToArray();
        var hex = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));
        Assert.Null(await blobs.PathAsync(hex, default));
        redis.Command("SET", "{workers}:asset:" + hex + ":bytes", "abc");
        Assert.Equal(bytes, await File.ReadAllBytesAsync((await blobs.PathAsync(hex, default))!));
        Assert.True(await store.ExistsAsync(hex, default));
    }
}
