using Xunit;

namespace Workers.Blobs.Tests;

public sealed class BlobCacheTests
{
    [Fact]
    public void The_least_recently_used_goes_first_and_the_bytes_kept_stay_within_the_capacity()
    {
        var cache = new BlobCache(capacity: 100, largest: 60);
        cache.Keep("a", new byte[40]);
        cache.Keep("b", new byte[40]);
        Assert.NotNull(cache.Find("a"));
        cache.Keep("c", new byte[40]);
        Assert.Equal((true, false, true), (cache.Find("a") is not null, cache.Find("b") is not null, cache.Find("c") is not null));
        Assert.Equal(80, cache.Size);

        cache.Keep("too large", new byte[61]);
        Assert.Null(cache.Find("too large"));
        cache.Keep("a", new byte[40]); // Known: nothing changes.
        Assert.Equal(80, cache.Size);
        cache.Remove("a");
        cache.Remove("a");
        Assert.Equal((null, 40L), (cache.Find("a"), cache.Size));
        cache.Keep("empty", Array.Empty<byte>());
        Assert.Empty(cache.Find("empty")!);
    }

    [Fact]
    public void It_keeps_a_copy()
    {
        var cache = new BlobCache();
        byte[] mine = [1, 2, 3];
        cache.Keep("x", mine);
        mine[0] = 9;
        Assert.Equal([1, 2, 3], cache.Find("x"));
    }

    [Fact]
    public void Many_threads_at_once_leave_it_whole()
    {
        var cache = new BlobCache(capacity: 5_000, largest: 1_000);
        Parallel.For(0, 20_000, i =>
        {
            var key = (i % 37).ToString();
            var size = i % 37 * 20;
            cache.Keep(key, new byte[size]);
            if (cache.Find(key) is { } bytes)
                Assert.Equal(size, bytes.Length);
            if (i % 5 == 0)
                cache.Remove(key);
        });
        Assert.InRange(cache.Size, 0, 5_000);
        for (var i = 0; i < 37; i++)
            cache.Remove(i.ToString());
        Assert.Equal(0, cache.Size);
    }
}
