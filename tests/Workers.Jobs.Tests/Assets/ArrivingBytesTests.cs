using Workers.Jobs.Assets;
using Workers.Jobs.Tests.Jobs;

namespace Workers.Jobs.Tests.Assets;

/// <summary>Small outputs come to Redis with their job's end, and leave it when the blob store has them.</summary>
public sealed class ArrivingBytesTests : IAsyncLifetime
{
    private static readonly CarriedBytes Bytes = new(new string('b', 64), [0, 1, 255, 13, 10]);
    private JobsFixture jobs = null!;
    private ArrivingBytes arriving = null!;
    private AssetRegistry registry = null!;

    public async Task InitializeAsync()
    {
        jobs = await JobsFixture.StartAsync();
        (arriving, registry) = (new ArrivingBytes(jobs.Gate), new AssetRegistry(jobs.Gate));
    }

    public Task DisposeAsync() => jobs.DisposeAsync().AsTask();

    [Fact]
    public async Task They_stand_with_the_success_and_go_when_they_have_arrived()
    {
        Assert.Equal(LeaseOutcome.Accepted, await CompleteAsync("j"));
        Assert.Equal(Bytes.Bytes, await arriving.FindAsync(Bytes.Hex, default));
        Assert.Equal([null, Bytes.Bytes], await arriving.FindAsync([new string('0', 64), Bytes.Hex], default));
        Assert.True(await arriving.HasAsync(Bytes.Hex, default));
        Assert.Equal([Bytes.Hex], await arriving.OldestAsync(TimeSpan.Zero, 10, default));
        Assert.Empty(await arriving.OldestAsync(TimeSpan.FromHours(1), 10, default));
        await arriving.ForgetAsync([Bytes.Hex], default);
        Assert.Null(await arriving.FindAsync(Bytes.Hex, default));
        Assert.Empty(await arriving.OldestAsync(TimeSpan.Zero, 10, default));
        Assert.NotNull(await registry.FindAsync(Bytes.Hex, touch: false, default));
    }

    [Fact]
    public async Task A_lost_lease_and_a_canceled_job_bring_nothing()
    {
        Assert.Equal(LeaseOutcome.Lost, await CompleteAsync("j1", lease => lease with { Token = Lease.NewToken() }));
        Assert.False(await arriving.HasAsync(Bytes.Hex, default));
        await new JobStore(jobs.Gate).CancelAsync("j1", "no more", default);
        Assert.Equal(LeaseOutcome.Accepted, await CompleteAsync("j1", claim: false));
        Assert.False(await arriving.HasAsync(Bytes.Hex, default));
        Assert.Empty(await arriving.OldestAsync(TimeSpan.Zero, 10, default));
    }

    [Fact]
    public async Task A_deleted_asset_takes_its_bytes_along()
    {
        await CompleteAsync("j");
        await new JobStore(jobs.Gate).DeleteAsync("j", default);
        Assert.Equal(AssetDeletion.Marked, await registry.DeleteAsync(Bytes.Hex, default));
        await registry.UnmarkAsync(Bytes.Hex, default);
        Assert.False(await arriving.HasAsync(Bytes.Hex, default));
        Assert.Empty(await arriving.OldestAsync(TimeSpan.Zero, 10, default));
    }

    private Lease known;

    private async Task<LeaseOutcome> CompleteAsync(string id, Func<Lease, Lease>? with = null, bool claim = true)
    {
        var attempts = new AttemptStore(jobs.Gate);
        if (claim)
        {
            await new JobStore(jobs.Gate).SubmitAsync(Some.Submission(id), default);
            known = (await attempts.ClaimAsync(Some.Claim, default))!.Lease;
        }

        var artifact = new JobArtifact("image.png", AssetId.Of(Bytes.Hex), "image/png", Bytes.Bytes.Length, 1, 1);
        var lease = with is null ? known : with(known);
        return await attempts.CompleteAsync(lease, new JobResult { Artifacts = [artifact] }, [Bytes], default);
    }
}
