using StackExchange.Redis;
using Workers.Jobs.Redis;

namespace Workers.Jobs.Tests.Jobs;

/// <summary>The scripts do what the table says, for every state and every trigger, and nothing else.</summary>
public sealed class TransitionTests
{
    private static readonly JobFailure Broken = new(FailureKinds.EngineError, "broken");

    private static readonly string EveryTrigger = string.Join(", ", Enum.GetValues<JobTrigger>().Select(LuaScript.Wire));

    private static readonly LuaScript Ask = LuaScript.FromSource(
        "ask", $"#!lua\n-- @rows {EveryTrigger}\n-- @include job\nreturn {{next_state({{state = ARGV[1], cancel = ARGV[2]}}, ARGV[3])}}");

    // A waiting job is released when the one before it ends; here that moment is made without needing one.
    private static readonly LuaScript Release = LuaScript.FromSource(
        "release",
        "#!lua\n-- @rows release, release_later\n-- @include args, clock, job, events, queue, places, finish\n"
        + "redis.call('ZREM', key_ordering('c:o'), 'before')\n"
        + "if A.later == '1' then redis.call('HSET', key_job('j'), 'runAfter', now + 1000000) end\n"
        + "release_successor({ordering = 'c:o'})\nreturn 'ok'");

    private static readonly (JobState State, bool Cancel)[] Rows =
        [.. JobStates.All.Select(state => (state, false)), (JobState.Running, true)];

    [Fact]
    public async Task Scripts_read_the_same_table_as_the_code()
    {
        await using var jobs = await JobsFixture.StartAsync();
        foreach (var (state, cancel) in Rows)
        {
            foreach (var trigger in Enum.GetValues<JobTrigger>())
            {
                var reply = (RedisResult[])(await jobs.Gate.EvaluateAsync(
                    Ask, [RedisKeys.Root], [state.Wire(), cancel ? "1" : "", LuaScript.Wire(trigger)], CancellationToken.None))!;
                var expected = JobTransitions.Next(state, cancel, trigger);
                Assert.Equal(expected?.State.Wire(), reply.Length == 0 ? null : (string?)reply[0]);
                Assert.Equal(expected?.CancelRequested ?? false, reply.Length > 1 && (int)reply[1] == 1);
            }
        }
    }

    [Fact]
    public async Task Every_trigger_in_every_state_leads_where_the_table_says()
    {
        await using var jobs = await JobsFixture.StartAsync();
        var tried = 0;
        foreach (var (state, cancel) in Rows)
        {
            foreach (var trigger in Enum.GetValues<JobTrigger>())
            {
                await jobs.Gate.CallAsync(database => database.ExecuteAsync("FLUSHALL"), CancellationToken.None);
                var actor = new Actor(jobs.Gate);
                var lease = await actor.BringAsync(state, cancel);
                var eventsBefore = await actor.EventsAsync();
                await actor.RaiseAsync(trigger, lease);
                var job = await actor.FindAsync();
                var expected = JobTransitions.Next(state, cancel, trigger) ?? new JobTransitions.Target(state, cancel);
                Assert.True(
                    job.State == expected.State && job.CancelRequested == expected.CancelRequested,
                    $"{state.Wire()}{(cancel ? "!" : "")} + {trigger}: is {job.State.Wire()} {job.CancelRequested}, should be {expected}");
                if (JobTransitions.Next(state, cancel, trigger) is null)
                    Assert.Equal(eventsBefore, await actor.EventsAsync());
                tried++;
            }
        }

        Assert.Equal(80, tried);
    }

    [Fact]
    public async Task Scripts_write_only_fields_that_the_record_knows()
    {
        await using var jobs = await JobsFixture.StartAsync();
        foreach (var (state, cancel) in Rows)
        {
            await jobs.Gate.CallAsync(database => database.ExecuteAsync("FLUSHALL"), CancellationToken.None);
            await new Actor(jobs.Gate).BringAsync(state, cancel);
            var fields = (await jobs.Gate.CallAsync(database => database.HashKeysAsync(RedisKeys.Job("j")), CancellationToken.None))
                .Select(key => (string)key!);
            Assert.Empty(fields.Where(field => !field.StartsWith("attempt:", StringComparison.Ordinal)).Except(JobRecord.Fields));
        }
    }

    [Fact]
    public async Task Every_script_compiles_and_has_its_header()
    {
        await using var jobs = await JobsFixture.StartAsync();
        var names = typeof(LuaScript).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith("Workers.Jobs.Scripts.", StringComparison.Ordinal) && !name.Contains(".lib.", StringComparison.Ordinal))
            .Select(name => name["Workers.Jobs.Scripts.".Length..^".lua".Length]).ToList();
        Assert.NotEmpty(names);
        foreach (var name in names)
        {
            var script = LuaScript.Load(name);
            Assert.Equal(Convert.ToHexStringLower(script.Hash), jobs.Redis.Command("SCRIPT", "LOAD", script.Text));
            using var reader = new StreamReader(typeof(LuaScript).Assembly.GetManifestResourceStream($"Workers.Jobs.Scripts.{name}.lua")!);
            var source = await reader.ReadToEndAsync();
            foreach (var part in new[] { "Purpose:", "Guarantee:", "KEYS[1]:", "ARGV:", "Reply:", "Events:" })
                Assert.Contains("\n-- " + part, source, StringComparison.Ordinal);
        }
    }

    /// <summary>Brings the job "j" into a state and raises triggers on it, through the stores.</summary>
    private sealed class Actor(RedisGate gate)
    {
        private readonly JobStore store = new(gate);
        private readonly AttemptStore attempts = new(gate);

        internal async Task<Lease> BringAsync(JobState state, bool cancel)
        {
            if (state == JobState.Waiting)
                await SubmitAsync("before", null);
            await SubmitAsync("j", state == JobState.Scheduled ? DateTimeOffset.UtcNow.AddDays(1) : null);
            var lease = new Lease("j", 1, Lease.NewToken());
            if (state is JobState.Running or JobState.Succeeded or JobState.Failed)
                lease = (await ClaimAsync())!.Lease;
            if (cancel || state == JobState.Canceled)
                await store.CancelAsync("j", "by test", CancellationToken.None);
            if (state == JobState.Succeeded)
                await attempts.CompleteAsync(lease, new JobResult(), CancellationToken.None);
            if (state == JobState.Failed)
                await attempts.FailAsync(lease, Broken, AttemptEnd.Final, TimeSpan.Zero, CancellationToken.None);
            var job = await FindAsync();
            Assert.Equal((state, cancel), (job.State, job.CancelRequested));
            return lease;
        }

        internal Task RaiseAsync(JobTrigger trigger, Lease lease) => trigger switch
        {
            JobTrigger.Release => gate.EvaluateAsync(Release, [RedisKeys.Root], ["later", ""], CancellationToken.None),
            JobTrigger.ReleaseLater => gate.EvaluateAsync(Release, [RedisKeys.Root], ["later", "1"], CancellationToken.None),
            JobTrigger.Due => PassAsync("scheduled"),
            JobTrigger.QueueTimeout => PassAsync("queue-timeouts"),
            JobTrigger.Claim => ClaimAsync(),
            JobTrigger.Complete => attempts.CompleteAsync(lease, new JobResult(), CancellationToken.None),
            JobTrigger.Fail => attempts.FailAsync(lease, Broken, AttemptEnd.Final, TimeSpan.Zero, CancellationToken.None),
            JobTrigger.RetryLater => attempts.FailAsync(lease, Broken, AttemptEnd.Counted, TimeSpan.FromHours(1), CancellationToken.None),
            JobTrigger.Requeue => attempts.FailAsync(lease, Broken, AttemptEnd.Uncounted, TimeSpan.Zero, CancellationToken.None),
            JobTrigger.Cancel => store.CancelAsync("j", "by test", CancellationToken.None),
            _ => throw new ArgumentOutOfRangeException(nameof(trigger)),
        };

        internal async Task<Job> FindAsync() => (await store.FindAsync("j", CancellationToken.None))!;

        internal async Task<long> EventsAsync() =>
            (long)await gate.CallAsync(database => database.ExecuteAsync("XLEN", "{workers}:job:j:events"), CancellationToken.None);

        private async Task PassAsync(string place)
        {
            await new RedisPicture(gate).LetTimePassAsync(place, "j");
            await store.PromoteDueAsync(CancellationToken.None);
        }

        private async Task<ClaimedJob?> ClaimAsync() => await attempts.ClaimAsync(Some.Claim, CancellationToken.None);

        private async Task SubmitAsync(string id, DateTimeOffset? runAfter) =>
            await store.SubmitAsync(
                Some.Submission(id, specification => specification with { OrderingKey = "o", RunAfter = runAfter, QueueTimeoutSeconds = 3600 }),
                CancellationToken.None);
    }
}
