using System.Text;

namespace Workers.Jobs.Tests.Jobs;

/// <summary>Leases: who holds one writes, who lost it does not, and nobody is reaped for a pause that was not his.</summary>
public sealed class LeaseTests : WithStores
{
    [Fact]
    public async Task Only_the_holder_writes()
    {
        var lease = await RunningAsync("j");
        var thief = lease with { Token = Lease.NewToken() };
        var progress = new JobProgress(0.5, "half", 1);
        Assert.Equal(LeaseOutcome.Lost, await Attempts.ReportProgressAsync(thief, progress, default));
        Assert.Equal(LeaseOutcome.Lost, await Attempts.StoreSnapshotAsync(thief, new JobSnapshot([1], "image/png", 1, 1), default));
        Assert.Equal(LeaseOutcome.Lost, await Attempts.CompleteAsync(thief, new JobResult(), default));
        Assert.Equal(
            LeaseOutcome.Lost,
            await Attempts.FailAsync(thief, new JobFailure("engine_error", "x"), AttemptEnd.Final, TimeSpan.Zero, default));
        Assert.Equal(new RenewedLease("j", false, false), Assert.Single(await Attempts.RenewAsync([thief], default)));
        Assert.Equal(LeaseOutcome.Accepted, await Attempts.ReportProgressAsync(lease, progress, default));
        Assert.Equal(progress, (await Store.FindAsync("j", default))!.Progress);
        Assert.Equal(LeaseOutcome.Accepted, await Attempts.CompleteAsync(lease, new JobResult(), default));
        Assert.Equal(LeaseOutcome.Repeated, await Attempts.CompleteAsync(lease, new JobResult(), default));
    }

    [Fact]
    public async Task After_a_gap_in_the_ticks_every_lease_is_extended_and_nobody_is_reaped()
    {
        await RunningAsync("j");
        Fixture.Redis.Command("ZADD", "{workers}:leases", "1", "j");
        Assert.Equal(-2, await Store.RecoverExpiredAsync(default)); // nobody has ticked before: that spares all as a gap does
        Assert.Equal(0, await Store.RecoverExpiredAsync(default));
        Fixture.Redis.Command("ZADD", "{workers}:leases", "1", "j");
        Assert.Equal(1, await Store.RecoverExpiredAsync(default)); // no gap: the lease's own time is over
        var job = (await Store.FindAsync("j", default))!;
        Assert.Equal((JobState.Queued, FailureKinds.NodeLost), (job.State, Assert.Single(job.Attempts).Failure!.Kind));
    }

    [Fact]
    public async Task A_restarted_node_takes_back_its_own_and_only_its_former_leases()
    {
        await RunningAsync("mine", Some.Claim with { Node = "n1", Boot = "old" });
        await RunningAsync("current", Some.Claim with { Node = "n1", Boot = "new" });
        await RunningAsync("others", Some.Claim with { Node = "n2", Boot = "old" });
        Assert.Equal(1, await Attempts.TakeBackAsync("n1", "new", default));
        Assert.Equal(JobState.Queued, (await Store.FindAsync("mine", default))!.State);
        Assert.Equal(JobState.Running, (await Store.FindAsync("current", default))!.State);
        Assert.Equal(JobState.Running, (await Store.FindAsync("others", default))!.State);
    }

    [Fact]
    public async Task Two_crashes_in_a_row_end_a_job_and_twenty_uncounted_returns_are_enough()
    {
        var crash = new JobFailure(FailureKinds.EngineCrashed, "died");
        await Attempts.FailAsync(await RunningAsync("j"), crash, AttemptEnd.Counted, TimeSpan.Zero, default);
        Assert.Equal(JobState.Scheduled, (await Store.FindAsync("j", default))!.State);
        await Store.PromoteDueAsync(default);
        await Attempts.FailAsync(await ClaimAsync(), crash, AttemptEnd.Counted, TimeSpan.Zero, default);
        var job = (await Store.FindAsync("j", default))!;
        Assert.Equal((JobState.Failed, FailureKinds.EngineCrashed, 2), (job.State, job.Failure!.Kind, job.Attempts.Count));

        await RunningAsync("k");
        for (var i = 0; i < 20; i++)
        {
            var current = (await Store.FindAsync("k", default))!;
            Assert.Equal(JobState.Running, current.State);
            await Attempts.FailAsync(held["k"], new JobFailure(FailureKinds.NodeLost, "gone"), AttemptEnd.Uncounted, TimeSpan.Zero, default);
            await ClaimAsync();
        }

        await Attempts.FailAsync(held["k"], new JobFailure(FailureKinds.NodeLost, "gone"), AttemptEnd.Uncounted, TimeSpan.Zero, default);
        Assert.Equal(JobState.Failed, (await Store.FindAsync("k", default))!.State);
    }

    [Fact]
    public async Task A_cancel_is_heard_by_the_renewal_and_ends_canceled_whatever_comes()
    {
        var lease = await RunningAsync("j");
        Assert.Equal(CancelOutcome.Stopping, await Store.CancelAsync("j", "enough", default));
        Assert.Equal(new RenewedLease("j", true, true), Assert.Single(await Attempts.RenewAsync([lease], default)));
        await Attempts.FailAsync(lease, new JobFailure(FailureKinds.EngineCrashed, "died"), AttemptEnd.Counted, TimeSpan.Zero, default);
        var job = (await Store.FindAsync("j", default))!;
        Assert.Equal((JobState.Canceled, "enough"), (job.State, job.Failure!.Message));
    }

    [Fact]
    public async Task A_log_keeps_its_end_and_is_bounded()
    {
        var lease = await RunningAsync("j");
        for (var i = 0; i < 50; i++)
            await Attempts.AppendLogAsync(lease, Encoding.UTF8.GetBytes(new string((char)('a' + (i % 26)), 4096)), default);
        await Attempts.AppendLogAsync(lease, "the end"u8.ToArray(), default);
        var log = (await Attempts.ReadLogAsync("j", 1, default))!;
        Assert.InRange(log.Length, 65_536, 98_304);
        Assert.EndsWith("the end", Encoding.UTF8.GetString(log), StringComparison.Ordinal);
        Assert.Null(await Attempts.ReadLogAsync("j", 2, default));
    }

    private readonly Dictionary<string, Lease> held = [];

    private async Task<Lease> RunningAsync(string id, ClaimRequest? claim = null)
    {
        await Store.SubmitAsync(Some.Submission(id), default);
        return await ClaimAsync(claim);
    }

    private async Task<Lease> ClaimAsync(ClaimRequest? claim = null)
    {
        var claimed = (await Attempts.ClaimAsync(claim ?? Some.Claim, default))!;
        held[claimed.Job.Id] = claimed.Lease;
        return claimed.Lease;
    }
}
