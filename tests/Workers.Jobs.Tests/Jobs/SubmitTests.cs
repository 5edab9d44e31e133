namespace Workers.Jobs.Tests.Jobs;

/// <summary>Admission: once and only once, bounded, with its assets.</summary>
public sealed class SubmitTests : IAsyncLifetime
{
    private const string Hex = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    private JobsFixture jobs = null!;
    private JobStore store = null!;

    public async Task InitializeAsync()
    {
        jobs = await JobsFixture.StartAsync();
        store = new JobStore(jobs.Gate);
    }

    public Task DisposeAsync() => jobs.DisposeAsync().AsTask();

    [Fact]
    public async Task The_record_reads_back_as_it_was_submitted()
    {
        var specification = Some.Specification with
        {
            Name = "hero \"shot\" é\n", Priority = 7, Tags = ["a", "b"],
            Metadata = new Dictionary<string, string> { ["order"] = "4711" }, TimeoutSeconds = 1.5,
        };
        await SubmitAsync(Some.Submission("j", _ => specification));
        var job = (await store.FindAsync("j", default))!;
        Assert.Equivalent(specification with { Input = job.Specification.Input }, job.Specification);
        Assert.Equal((JobState.Queued, 0, "c", 1L), (job.State, job.Attempt, job.Client, job.Version));
        Assert.Null(await store.FindAsync("other", default));
    }

    [Fact]
    public async Task Fifty_at_once_with_one_idempotency_key_make_one_job()
    {
        var outcomes = await Task.WhenAll(
            Enumerable.Range(0, 50).Select(i => SubmitAsync(Some.Submission("j" + i) with { IdempotencyKey = "k", BodyHash = "same" })));
        var created = Assert.Single(outcomes, outcome => outcome.Code == SubmitCode.Created);
        Assert.All(outcomes, outcome => Assert.Equal(created.JobId, outcome.JobId));
        Assert.Single((await store.ListAsync(new JobQuery(), default)).Jobs);
    }

    [Fact]
    public async Task A_key_or_id_with_another_body_is_a_conflict_and_a_deleted_jobs_key_is_gone()
    {
        var first = Some.Submission("j") with { IdempotencyKey = "k" };
        Assert.Equal(SubmitCode.Created, (await SubmitAsync(first)).Code);
        Assert.Equal(SubmitCode.Conflict, (await SubmitAsync(first with { Id = "j2", BodyHash = "other" })).Code);
        Assert.Equal(SubmitCode.Conflict, (await SubmitAsync(Some.Submission("j") with { BodyHash = "other" })).Code);
        Assert.Equal(SubmitCode.Created, (await SubmitAsync(first with { Id = "j3", Client = "another" })).Code);
        await store.CancelAsync("j", "test", default);
        await store.DeleteAsync("j", default);
        Assert.Equal(SubmitCode.Gone, (await SubmitAsync(first)).Code);
        Assert.True(long.Parse(jobs.Redis.Command("PTTL", "{workers}:idempotency:c:k"), System.Globalization.CultureInfo.InvariantCulture) > 0);
    }

    [Fact]
    public async Task A_full_queue_admits_nothing_and_leaves_nothing()
    {
        var small = Some.Submission("j1") with { QueueLimit = 2 };
        await SubmitAsync(small);
        await SubmitAsync(small with { Id = "j2", Specification = Some.Specification with { RunAfter = DateTimeOffset.UtcNow.AddDays(1) } });
        Assert.Equal(SubmitCode.QueueFull, (await SubmitAsync(small with { Id = "j3", IdempotencyKey = "k" })).Code);
        Assert.Null(await store.FindAsync("j3", default));
        await store.CancelAsync("j1", "test", default);
        Assert.Equal(SubmitCode.Created, (await SubmitAsync(small with { Id = "j3", IdempotencyKey = "k" })).Code);
    }

    [Fact]
    public async Task Assets_must_be_there_and_are_held_until_the_job_is_deleted()
    {
        var registry = new Workers.Jobs.Assets.AssetRegistry(jobs.Gate);
        var submission = Some.Submission("j", specification => specification with { Assets = [Hex] });
        var refused = await SubmitAsync(submission);
        Assert.Equal((SubmitCode.UnknownAsset, Hex), (refused.Code, refused.Detail));
        await registry.RegisterAsync(new Workers.Jobs.Assets.AssetRecord(Hex, 4, "image/png", null), default);
        Assert.Equal(SubmitCode.Created, (await SubmitAsync(submission)).Code);
        Assert.Equal(Workers.Jobs.Assets.AssetDeletion.InUse, await registry.DeleteAsync(Hex, default));
        await store.CancelAsync("j", "test", default);
        await store.DeleteAsync("j", default);
        Assert.Equal(DeleteOutcome.Unknown, await store.DeleteAsync("j", default));
        Assert.Equal(0, (await registry.FindAsync(Hex, touch: false, default))!.References);
    }

    [Fact]
    public async Task A_deleted_job_leaves_no_key_of_its_own()
    {
        await SubmitAsync(Some.Submission("j", s => s with { Tags = ["t"], OrderingKey = "o", Supersedes = "s", QueueTimeoutSeconds = 60 }));
        var attempts = new AttemptStore(jobs.Gate);
        var lease = (await attempts.ClaimAsync(Some.Claim, default))!.Lease;
        await attempts.AppendLogAsync(lease, "line\n"u8.ToArray(), default);
        await attempts.StoreSnapshotAsync(lease, new JobSnapshot([1], "image/png", 1, 1), default);
        await attempts.CompleteAsync(lease, new JobResult(), default);
        Assert.Equal(DeleteOutcome.Deleted, await store.DeleteAsync("j", default));
        var left = jobs.Redis.Command("KEYS", "*").Split('\n').Order().ToList();
        Assert.Equal(
            ["{workers}:counts:e", "{workers}:engines", "{workers}:events", "{workers}:run-times:e", "{workers}:sequence"], left);
    }

    [Fact]
    public async Task Ended_jobs_are_swept_when_their_time_is_over_and_living_ones_are_not()
    {
        await SubmitAsync(Some.Submission("short", s => s with { TtlSeconds = 0 }));
        await SubmitAsync(Some.Submission("long"));
        await SubmitAsync(Some.Submission("living", s => s with { TtlSeconds = 0 }));
        await store.CancelAsync("short", "test", default);
        await store.CancelAsync("long", "test", default);
        Assert.Equal(1, await store.SweepAsync(default));
        Assert.Equal(["living", "long"], (await store.ListAsync(new JobQuery(), default)).Jobs.Select(job => job.Id));
    }

    [Fact]
    public async Task Lists_are_newest_first_page_by_page_and_filtered()
    {
        for (var i = 0; i < 7; i++)
            await SubmitAsync(Some.Submission("j" + i, s => s with { Tags = i % 2 == 0 ? ["even"] : [] }, client: i < 3 ? "a" : "b"));
        var seen = new List<string>();
        var query = new JobQuery { PageSize = 3 };
        for (var pages = 0; pages < 10; pages++)
        {
            var page = await store.ListAsync(query, default);
            seen.AddRange(page.Jobs.Select(job => job.Id));
            if (page.Next is not { } next)
                break;
            query = query with { Before = next };
        }

        Assert.Equal(["j6", "j5", "j4", "j3", "j2", "j1", "j0"], seen);
        Assert.Equal(["j2", "j0"], (await store.ListAsync(new JobQuery { Tag = "even", Client = "a" }, default)).Jobs.Select(job => job.Id));
        Assert.Empty((await store.ListAsync(new JobQuery { State = JobState.Failed }, default)).Jobs);
    }

    private Task<SubmitOutcome> SubmitAsync(Submission submission) => store.SubmitAsync(submission, CancellationToken.None);
}
