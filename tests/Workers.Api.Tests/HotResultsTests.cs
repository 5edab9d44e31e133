using Workers.Api.Caching;
using Workers.Jobs.Configuration;

namespace Workers.Api.Tests;

/// <summary>The memory of hot results has an end.</summary>
public sealed class HotResultsTests
{
    [Fact]
    public async Task It_never_holds_more_than_it_may_and_makes_room_for_what_is_new()
    {
        const long Limit = 100_000;
        using var hot = new HotResults(new ServerSettings { Data = "", Runtime = "", NodeId = "", Cache = new CacheSettings { MemoryBytes = Limit } });
        for (var number = 0; number < 200; number++)
        {
            hot.Keep("k" + number, Of(10_000));
            Assert.InRange(hot.Bytes, 0, Limit);
        }

        Assert.InRange(hot.Count, 1, 9);
        await Eventually.HoldsAsync(
            () =>
            {
                hot.Keep("newest", Of(10_000));
                return hot.Find("newest") is not null;
            },
            "there is room for it");
        hot.Keep("huge", Of(HotResults.Largest + 1));
        Assert.Null(hot.Find("huge"));
        Assert.InRange(hot.Bytes, 0, Limit);
    }

    private static HotResult Of(int size)
    {
        var artifact = new JobArtifact("image.png", AssetId.Of(new string('a', 64)), "image/png", size, 1, 1);
        return new HotResult(new StoredResult("j", new JobResult { Artifacts = [artifact] }, new Dictionary<string, string>()), artifact, new byte[size], now: 0);
    }
}
