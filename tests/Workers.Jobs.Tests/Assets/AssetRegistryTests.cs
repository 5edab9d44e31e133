using Workers.Jobs.Assets;

namespace Workers.Jobs.Tests.Assets;

/// <summary>Records of stored bytes: deletion in two steps, never of what is used.</summary>
public sealed class AssetRegistryTests : IAsyncLifetime
{
    private static readonly AssetRecord First = new(new string('a', 64), 4, "image/png", "a.png");
    private static readonly AssetRecord Second = new(new string('b', 64), 5, "model/gltf-binary", null);
    private JobsFixture jobs = null!;
    private AssetRegistry registry = null!;

    public async Task InitializeAsync()
    {
        jobs = await JobsFixture.StartAsync();
        registry = new AssetRegistry(jobs.Gate);
    }

    public Task DisposeAsync() => jobs.DisposeAsync().AsTask();

    [Fact]
    public async Task What_is_registered_is_found_listed_and_not_missing()
    {
        Assert.Equal(AssetRegistration.New, await registry.RegisterAsync(First, default));
        Assert.Equal(AssetRegistration.Known, await registry.RegisterAsync(First with { Name = "other" }, default));
        await registry.RegisterAsync(Second, default);
        Assert.Equal(First, await registry.FindAsync(First.Hex, touch: true, default));
        Assert.Null(await registry.FindAsync(new string('c', 64), touch: true, default));
        Assert.Equal([new string('c', 64)], await registry.MissingAsync([First.Hex, new string('c', 64)], default));
        Assert.Equal([First], await registry.ListAsync("a.png", null, 0, 10, default));
        Assert.Equal([Second], await registry.ListAsync(null, "model/gltf-binary", 0, 10, default));
    }

    [Fact]
    public async Task Marked_bytes_cannot_be_used_until_they_are_stored_anew()
    {
        await registry.RegisterAsync(First, default);
        Assert.Equal(AssetDeletion.Marked, await registry.DeleteAsync(First.Hex, default));
        Assert.Equal(AssetRegistration.BeingDeleted, await registry.RegisterAsync(First, default));
        Assert.Null(await registry.FindAsync(First.Hex, touch: false, default));
        await registry.UnmarkAsync(First.Hex, default);
        Assert.Equal(AssetDeletion.Unknown, await registry.DeleteAsync(First.Hex, default));
        Assert.Equal(AssetRegistration.New, await registry.RegisterAsync(First, default));
        await registry.UnmarkAsync(First.Hex, default); // late: there is no mark any more
        Assert.NotNull(await registry.FindAsync(First.Hex, touch: false, default));
    }

    [Fact]
    public async Task The_sweep_marks_only_what_is_old_and_unused()
    {
        await registry.RegisterAsync(First, default);
        await registry.RegisterAsync(Second, default);
        var store = new JobStore(jobs.Gate);
        await store.SubmitAsync(Workers.Jobs.Tests.Jobs.Some.Submission("j", s => s with { Assets = [Second.Hex] }), default);
        Assert.Empty(await registry.MarkUnusedAsync(TimeSpan.FromDays(1), 10, default));
        jobs.Redis.Command("ZADD", "{workers}:assets", "1", First.Hex, "1", Second.Hex);
        Assert.Equal([First.Hex], await registry.MarkUnusedAsync(TimeSpan.FromDays(1), 10, default));
        Assert.Equal([First.Hex], await registry.MarkUnusedAsync(TimeSpan.FromDays(1), 10, default)); // an interrupted sweep is taken up again
    }

    [Fact]
    public async Task What_was_expected_and_never_registered_is_swept_and_not_known_before()
    {
        await registry.ExpectAsync([First.Hex, Second.Hex], default);
        Assert.Null(await registry.FindAsync(First.Hex, touch: true, default));
        Assert.Equal([First.Hex], await registry.MissingAsync([First.Hex], default));
        Assert.Equal(AssetRegistration.New, await registry.RegisterAsync(Second, default));
        var store = new JobStore(jobs.Gate);
        await store.SubmitAsync(Workers.Jobs.Tests.Jobs.Some.Submission("j", s => s with { Assets = [Second.Hex] }), default);
        Assert.Empty(await registry.MarkUnusedAsync(TimeSpan.FromDays(1), 10, default));
        jobs.Redis.Command("ZADD", "{workers}:assets", "1", First.Hex, "1", Second.Hex);
        for (var time = 0; time < 2; time++)
            Assert.Equal([First.Hex], await registry.MarkUnusedAsync(TimeSpan.FromDays(1), 10, default));
        Assert.Equal(AssetRegistration.BeingDeleted, await registry.RegisterAsync(First, default));
        await registry.UnmarkAsync(First.Hex, default);
        Assert.Empty(await registry.MarkUnusedAsync(TimeSpan.FromDays(1), 10, default));
        Assert.Equal(AssetRegistration.New, await registry.RegisterAsync(First, default));
    }
}
