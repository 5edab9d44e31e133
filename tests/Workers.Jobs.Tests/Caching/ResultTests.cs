using Workers.Jobs.Assets;
using Workers.Jobs.Redis;
using Workers.Jobs.Tests.Jobs;

namespace Workers.Jobs.Tests.Caching;

/// <summary>Stored results in Redis: what is kept, what answers, what is forgotten, and who holds which bytes.</summary>
public sealed class ResultTests : IAsyncLifetime
{
    private const string Build = "build-1";
    private static readonly Dictionary<string, string> NoReads = [];
    private JobsFixture jobs = null!;
    private JobStore store = null!;
    private AttemptStore attempts = null!;
    private ResultStore results = null!;
    private AssetRegistry registry = null!;

    public async Task InitializeAsync()
    {
        jobs = await JobsFixture.StartAsync();
        (store, attempts, results, registry) = (new(jobs.Gate), new(jobs.Gate), new(jobs.Gate), new(jobs.Gate));
    }

    public Task DisposeAsync() => jobs.DisposeAsync().AsTask();

    [Fact]
    public async Task A_result_outlives_its_job_with_its_bytes_and_files()
    {
        var reads = new Dictionary<string, string> { ["root:models/wood.png"] = "cc" };
        await MakeAsync("j", "k", Hex('a'), new Keeping(Build, null, reads));
        Assert.Equal("", (await store.FindAsync("j", default))!.Caching!.Unkept);
        Assert.Equal(DeleteOutcome.Deleted, await store.DeleteAsync("j", default));
        Assert.Equal(1, await ReferencesAsync('a'));
        var hit = await SubmitAsync("j2", "k");
        Assert.Equal((SubmitCode.Hit, "j"), (hit.Code, hit.JobId));
        Assert.Equal(AssetId.Of(Hex('a')), hit.Stored!.Result.Artifacts.Single().Asset);
        Assert.Equal(reads, hit.Stored.Reads);
        Assert.Null(await store.FindAsync("j2", default));
        Assert.Equal(SubmitCode.Created, (await SubmitAsync("j3", "another")).Code);
    }

    [Theory]
    [InlineData("build-2", null, "another build of the engine ran it")]
    [InlineData(null, null, "another build of the engine ran it")]
    [InlineData(Build, "a time limit", "a time limit")]
    public async Task What_another_build_made_or_must_not_be_kept_is_not(string? build, string? unkept, string expected)
    {
        await MakeAsync("j", "k", Hex('a'), new Keeping(build, unkept, NoReads));
        Assert.Equal(expected, (await store.FindAsync("j", default))!.Caching!.Unkept);
        Assert.Equal(SubmitCode.Created, (await SubmitAsync("j2", "k")).Code);
        Assert.Equal(new StoredTotals(0, 0, 0), await results.TotalsAsync(default));
    }

    [Fact]
    public async Task A_node_that_says_nothing_about_keeping_keeps_nothing()
    {
        await SubmitAsync("j", "k");
        await CompleteAsync("j", Hex('a'), null, says: false);
        Assert.NotEqual("", (await store.FindAsync("j", default))!.Caching!.Unkept);
        Assert.Equal(SubmitCode.Created, (await SubmitAsync("j2", "k")).Code);
    }

    [Fact]
    public async Task A_stale_entry_is_passed_over_and_replaced_with_its_references()
    {
        await MakeAsync("j", "k", Hex('a'));
        Assert.Equal(SubmitCode.Created, (await SubmitAsync("j2", "k", use => use with { Stale = "j" })).Code);
        Assert.Equal((SubmitCode.Hit, "j"), await CodeAsync("j3", "k")); // For whoever finds the file as it was.
        await CompleteAsync("j2", Hex('b'));
        Assert.Equal((SubmitCode.Hit, "j2"), await CodeAsync("j4", "k"));
        Assert.Equal((1, 2), (await ReferencesAsync('a'), await ReferencesAsync('b')));
        Assert.Equal(1, (await results.TotalsAsync(default)).Entries);
    }

    [Fact]
    public async Task Many_at_once_are_one_job_and_the_end_lets_the_next_one_begin()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => SubmitAsync("j" + i, "k")));
        var created = Assert.Single(outcomes, outcome => outcome.Code == SubmitCode.Created);
        Assert.Equal(99, outcomes.Count(outcome => outcome.Code == SubmitCode.Joined && outcome.JobId == created.JobId));
        Assert.Equal(SubmitCode.Created, (await SubmitAsync("slow", "k", use => use with { Flight = "k:900" })).Code);
        Assert.Equal(SubmitCode.Created, (await SubmitAsync("anew", "k", use => use with { Looks = false })).Code);
        foreach (var id in new[] { created.JobId, "slow" })
            Assert.Equal(CancelOutcome.Canceled, await store.CancelAsync(id, "by test", default));
        Assert.Equal((SubmitCode.Joined, "anew"), await CodeAsync("later", "k")); // The newest is the one to wait for.
        await store.CancelAsync("anew", "by test", default);
        Assert.Equal((SubmitCode.Created, "last"), await CodeAsync("last", "k"));
    }

    [Fact]
    public async Task A_running_job_that_is_being_canceled_is_not_joined_and_its_end_frees_nobody_elses_flight()
    {
        await SubmitAsync("j", "k");
        var lease = (await attempts.ClaimAsync(Some.Claim, default))!.Lease;
        await store.CancelAsync("j", "by test", default);
        Assert.Equal((SubmitCode.Created, "j2"), await CodeAsync("j2", "k"));
        await attempts.FailAsync(lease, new JobFailure(FailureKinds.Canceled, "stopped"), AttemptEnd.Final, TimeSpan.Zero, default);
        Assert.Equal((SubmitCode.Joined, "j2"), await CodeAsync("j3", "k"));
    }

    [Theory]
    [InlineData(FailureKinds.EngineError, true)]
    [InlineData(FailureKinds.InvalidInput, true)]
    [InlineData(FailureKinds.NodeLost, false)]
    [InlineData(FailureKinds.StoreFailed, false)]
    public async Task A_failure_that_would_repeat_itself_answers_for_a_short_time(string kind, bool answers)
    {
        await SubmitAsync("j", "k");
        var lease = (await attempts.ClaimAsync(Some.Claim, default))!.Lease;
        await attempts.FailAsync(lease, new JobFailure(kind, "no"), AttemptEnd.Final, TimeSpan.Zero, default);
        var next = await SubmitAsync("j2", "k");
        Assert.Equal(answers ? (SubmitCode.Joined, "j", (JobState?)JobState.Failed) : (SubmitCode.Created, "j2", JobState.Queued),
            (next.Code, next.JobId, next.State));
        if (answers)
            Assert.InRange(await TimeToLiveAsync("{workers}:cache-flight:k"), 1, 5_000);
    }

    [Fact]
    public async Task A_retried_job_goes_on_being_joined()
    {
        await SubmitAsync("j", "k");
        var lease = (await attempts.ClaimAsync(Some.Claim, default))!.Lease;
        await attempts.FailAsync(lease, new JobFailure(FailureKinds.EngineCrashed, "killed"), AttemptEnd.Counted, TimeSpan.FromHours(1), default);
        var joined = await SubmitAsync("j2", "k");
        Assert.Equal((SubmitCode.Joined, "j", JobState.Scheduled), (joined.Code, joined.JobId, joined.State!.Value));
    }

    [Fact]
    public async Task A_joiner_of_higher_priority_moves_the_job_up_its_queue_and_one_of_lower_does_not_move_it_down()
    {
        await SubmitAsync("low", "k", priority: 10);
        await SubmitAsync("other", "o", priority: 50);
        await SubmitAsync("x", "k", priority: 80);
        await SubmitAsync("y", "k", priority: 5);
        var job = (await store.FindAsync("low", default))!;
        Assert.Equal((80, JobState.Queued), (job.Specification.Priority, job.State));
        Assert.Equal("low", (await attempts.ClaimAsync(Some.Claim, default))!.Job.Id);
        Assert.Equal("other", (await attempts.ClaimAsync(Some.Claim, default))!.Job.Id);
        Assert.Null(await attempts.ClaimAsync(Some.Claim, default));
    }

    [Fact]
    public async Task What_an_input_is_called_is_part_of_what_an_entry_is_good_for()
    {
        await registry.RegisterAsync(new AssetRecord(Hex('i'), 4, "model/obj", "chair.obj"), default);
        JobSpecification With(JobSpecification specification) => specification with { Assets = [Hex('i')] };
        await MakeAsync("j", "k", Hex('a'), with: With);
        Assert.Equal(SubmitCode.Hit, (await SubmitAsync("j2", "k", with: With)).Code);
        await store.DeleteAsync("j", default);
        await registry.DeleteAsync(Hex('i'), default);
        await registry.UnmarkAsync(Hex('i'), default);
        Assert.Equal(SubmitCode.UnknownAsset, (await SubmitAsync("j3", "k", with: With)).Code);
        await registry.RegisterAsync(new AssetRecord(Hex('i'), 4, "model/stl", "chair.stl"), default);
        Assert.Equal(SubmitCode.Created, (await SubmitAsync("j4", "k", with: With)).Code);
    }

    [Fact]
    public async Task The_least_recently_used_go_first_and_their_references_with_them()
    {
        for (var i = 0; i < 4; i++)
        {
            await MakeAsync("j" + i, "k" + i, Hex((char)('a' + i)), size: 1_000);
            await store.DeleteAsync("j" + i, default);
            await LetUseBeAgoAsync("k" + i, TimeSpan.FromMinutes(10 - i));
        }

        await SubmitAsync("x", "k0"); // Used just now.
        Assert.Equal(4_000, (await results.TotalsAsync(default)).Bytes);
        Assert.Equal(2, await results.EvictAsync(2_500, long.MaxValue, TimeSpan.FromDays(1), default));
        Assert.Equal(new long[] { 1, 0, 0, 1 }, (await Task.WhenAll("abcd".Select(ReferencesAsync))).AsEnumerable());
        Assert.Equal([SubmitCode.Hit, SubmitCode.Created, SubmitCode.Created, SubmitCode.Hit],
            (await Task.WhenAll(Enumerable.Range(0, 4).Select(i => SubmitAsync("y" + i, "k" + i)))).Select(outcome => outcome.Code));
        Assert.Equal(0, await results.EvictAsync(2_500, long.MaxValue, TimeSpan.FromDays(1), default));

        await LetUseBeAgoAsync("k3", TimeSpan.FromDays(2));
        Assert.Equal(1, await results.EvictAsync(2_500, long.MaxValue, TimeSpan.FromDays(1), default));
        Assert.Equal(0, await ReferencesAsync('d'));
        Assert.Equal(1, await results.EvictAsync(long.MaxValue, 0, TimeSpan.FromDays(1), default));
        Assert.Equal(new StoredTotals(0, 0, 0), await results.TotalsAsync(default));
        Assert.Contains(Hex('a'), await registry.MarkUnusedAsync(TimeSpan.Zero, 100, default));
    }

    [Fact]
    public async Task A_result_without_a_file_is_replaced_and_forgotten_like_any_other()
    {
        foreach (var id in new[] { "j", "j2" })
        {
            await SubmitAsync(id, "k", use => use with { Looks = false });
            var lease = (await attempts.ClaimAsync(Some.Claim, default))!.Lease;
            Assert.Equal(
                LeaseOutcome.Accepted,
                await attempts.CompleteAsync(lease, new JobResult { Output = id }, [], new Keeping(Build, null, NoReads), default));
        }

        Assert.Equal((SubmitCode.Hit, "j2"), await CodeAsync("j3", "k"));
        Assert.Equal(1, await results.EvictAsync(long.MaxValue, 0, TimeSpan.FromDays(1), default));
        Assert.Equal(new StoredTotals(0, 0, 0), await results.TotalsAsync(default));
    }

    private static string Hex(char letter) => new(letter is >= 'a' and <= 'f' ? letter : '9', 64);

    private async Task MakeAsync(
        string id, string key, string hex, Keeping? keeping = null, Func<JobSpecification, JobSpecification>? with = null, long size = 10) =>
        await CompleteAsync((await SubmitAsync(id, key, with: with)).JobId, hex, keeping, size);

    private async Task CompleteAsync(string id, string hex, Keeping? keeping = null, long size = 10, bool says = true)
    {
        var claimed = (await attempts.ClaimAsync(Some.Claim, default))!;
        Assert.Equal(id, claimed.Job.Id);
        var result = new JobResult { Artifacts = [new JobArtifact("image.png", AssetId.Of(hex), "image/png", size, 1, 1)] };
        keeping ??= says ? new Keeping(Build, null, NoReads) : null;
        Assert.Equal(LeaseOutcome.Accepted, await attempts.CompleteAsync(claimed.Lease, result, [], keeping, default));
    }

    private async Task<(SubmitCode, string)> CodeAsync(string id, string key)
    {
        var outcome = await SubmitAsync(id, key);
        return (outcome.Code, outcome.JobId);
    }

    private Task<SubmitOutcome> SubmitAsync(
        string id, string key, Func<CacheUse, CacheUse>? change = null, int priority = 50, Func<JobSpecification, JobSpecification>? with = null)
    {
        var use = new CacheUse(key, key, Build, Looks: true) { Negative = TimeSpan.FromSeconds(5) };
        var submission = Some.Submission(id, specification => (with?.Invoke(specification) ?? specification) with { Priority = priority });
        return store.SubmitAsync(submission with { Cache = change?.Invoke(use) ?? use }, default);
    }

    private async Task<long> ReferencesAsync(char letter) => (await registry.FindAsync(Hex(letter), touch: false, default))!.References;

    private Task<bool> LetUseBeAgoAsync(string key, TimeSpan ago) => jobs.Gate.CallAsync(
        database => database.SortedSetAddAsync(RedisKeys.Of("cache_used"), key, (DateTimeOffset.UtcNow - ago).ToUnixTimeMilliseconds()), default);

    private async Task<long> TimeToLiveAsync(string key) =>
        (long)await jobs.Gate.CallAsync(database => database.ExecuteAsync("PTTL", key), default);
}
