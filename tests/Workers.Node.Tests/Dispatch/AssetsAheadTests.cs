using Microsoft.Extensions.Logging.Abstractions;
using Workers.Blobs;
using Workers.Node.Dispatch;

namespace Workers.Node.Tests.Dispatch;

/// <summary>The next job's assets are fetched while this one runs: one job's at a time, and failing at it harms nobody.</summary>
public sealed class AssetsAheadTests
{
    [Fact]
    public async Task One_jobs_assets_at_a_time()
    {
        using var store = new SlowStore();
        var ahead = new AssetsAhead(store, isWanted: true, NullLogger<AssetsAhead>.Instance);
        var first = ahead.FetchAsync(["a", "b"], default);
        Assert.False(ahead.IsWanted);
        await ahead.FetchAsync(["c"], default);
        store.Open.Release(2);
        await first.WithinLimitAsync();
        Assert.Equal(["a", "b"], store.Asked);
        Assert.True(ahead.IsWanted);
    }

    [Fact]
    public async Task A_store_that_fails_is_no_reason_to_stop()
    {
        using var store = new SlowStore { Failure = new IOException("gone") };
        var ahead = new AssetsAhead(store, isWanted: true, NullLogger<AssetsAhead>.Instance);
        await ahead.FetchAsync(["a"], default);
        await ahead.FetchAsync(["b"], default);
        Assert.Equal(["a", "b"], store.Asked);
    }

    /// <summary>A store whose every answer waits to be let go; a real one cannot be made to.</summary>
    private sealed class SlowStore : IBlobStore, IDisposable
    {
        public SemaphoreSlim Open { get; } = new(0);

        public List<string> Asked { get; } = [];

        public Exception? Failure { get; init; }

        public async Task<string?> PathAsync(string hex, CancellationToken cancellation)
        {
            Asked.Add(hex);
            if (Failure is not null)
                throw Failure;
            await Open.WaitAsync(cancellation);
            return hex;
        }

        public Task<StoredBlob> StoreAsync(Stream content, long limit, CancellationToken cancellation, Func<string, Task>? named = null) =>
            throw new NotSupportedException();

        public Task<Stream?> OpenAsync(string hex, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<bool> ExistsAsync(string hex, CancellationToken cancellation) => throw new NotSupportedException();

        public Task DeleteAsync(string hex, CancellationToken cancellation) => throw new NotSupportedException();

        public void Dispose() => Open.Dispose();
    }
}
