namespace Workers.Jobs.Tests.Jobs;

/// <summary>Priority, tags and time limit may change until a job begins.</summary>
public sealed class ChangeTests : WithStores
{
    [Fact]
    public async Task A_higher_priority_is_claimed_first_and_the_submit_sequence_stays()
    {
        foreach (var id in new[] { "first", "second", "third" })
            await Store.SubmitAsync(Some.Submission(id), default);
        var before = await ReadAsync("third");
        Assert.Equal(ChangeOutcome.Changed, await ChangeAsync("third", specification => specification with { Priority = 60 }));
        Assert.Equal(ChangeOutcome.Changed, await ChangeAsync("second", specification => specification with { Priority = 60 }));
        Assert.Equal((before.Sequence, 60, before.Version + 1), await DescribeAsync("third"));
        Assert.Equal(["second", "third", "first"], await ClaimAllAsync());
    }

    [Fact]
    public async Task Tags_move_between_the_indexes()
    {
        await Store.SubmitAsync(Some.Submission("j", specification => specification with { Tags = ["old", "both"] }), default);
        await ChangeAsync("j", specification => specification with { Tags = ["both", "new"], TimeoutSeconds = 7 });
        foreach (var (tag, count) in new[] { ("old", 0), ("both", 1), ("new", 1) })
            Assert.Equal(count, (await Store.ListAsync(new JobQuery { Tag = tag }, default)).Jobs.Count);
        Assert.Equal(7, (await ReadAsync("j")).Specification.TimeoutSeconds);
    }

    [Fact]
    public async Task Only_the_version_that_was_read_is_changed_and_only_before_the_job_begins()
    {
        await Store.SubmitAsync(Some.Submission("j"), default);
        var read = await ReadAsync("j");
        Assert.Equal(ChangeOutcome.Changed, await Store.ChangeAsync(read, read.Specification with { Priority = 1 }, default));
        Assert.Equal(ChangeOutcome.Stale, await Store.ChangeAsync(read, read.Specification with { Priority = 2 }, default));
        var lease = (await Attempts.ClaimAsync(Some.Claim, default))!.Lease;
        Assert.Equal(ChangeOutcome.Begun, await ChangeAsync("j", specification => specification with { Priority = 3 }));
        await Attempts.CompleteAsync(lease, new JobResult(), default);
        Assert.Equal(ChangeOutcome.Over, await ChangeAsync("j", specification => specification with { Priority = 3 }));
        Assert.Equal(ChangeOutcome.Unknown, await Store.ChangeAsync(read with { Id = "nobody" }, read.Specification, default));
        Assert.Equal(1, (await ReadAsync("j")).Specification.Priority);
    }

    private async Task<Job> ReadAsync(string id) => (await Store.FindAsync(id, default))!;

    private async Task<ChangeOutcome> ChangeAsync(string id, Func<JobSpecification, JobSpecification> change)
    {
        var job = await ReadAsync(id);
        return await Store.ChangeAsync(job, change(job.Specification), default);
    }

    private async Task<(long Sequence, int Priority, long Version)> DescribeAsync(string id)
    {
        var job = await ReadAsync(id);
        return (job.Sequence, job.Specification.Priority, job.Version);
    }

    private async Task<List<string>> ClaimAllAsync()
    {
        var claimed = new List<string>();
        while (await Attempts.ClaimAsync(Some.Claim, default) is { } next)
            claimed.Add(next.Job.Id);
        return claimed;
    }
}
