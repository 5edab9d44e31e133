using System.Globalization;
using System.Text.Json.Nodes;
using Workers.Jobs.Redis;

namespace Workers.Jobs.Tests.Jobs;

/// <summary>One random command: what, on which job, and with which particulars.</summary>
internal readonly record struct Command(int Kind, int Job, int Option);

/// <summary>Carries a sequence of commands out on Redis and on the model, and compares after every step.</summary>
internal sealed class CommandSequence(RedisGate gate)
{
    private const string Build = "b1";
    private static readonly Dictionary<string, string> NoReads = [];
    private static readonly JobFailure Broken = new(FailureKinds.EngineError, "broken");
    private static readonly JobFailure Crash = new(FailureKinds.EngineCrashed, "crashed");
    private readonly JobStore store = new(gate);
    private readonly AttemptStore attempts = new(gate);
    private readonly ResultStore results = new(gate);
    private readonly RedisPicture picture = new(gate);
    private readonly QueueModel model = new();
    private readonly Dictionary<string, Lease> leases = [];
    private int submitted;

    /// <summary>Runs them; null when Redis and the model agree, else what differs.</summary>
    internal async Task<string?> RunAsync(IEnumerable<Command> commands)
    {
        await gate.CallAsync(database => database.ExecuteAsync("FLUSHALL"), CancellationToken.None);
        var done = new List<string>();
        foreach (var command in commands)
        {
            var (what, complaint) = await StepAsync(command);
            done.Add(what);
            if (complaint is not null || await CompareAsync() is not null)
                return $"{string.Join('\n', done)}\n{complaint}\n{await CompareAsync()}";
        }

        return null;
    }

    /// <summary>Null when Redis and the model hold the same, else both.</summary>
    internal async Task<string?> CompareAsync()
    {
        var expected = string.Join('\n', model.Jobs.Select(job => job.ToString()).Concat(model.Results).Append($"events {model.Events}"));
        var found = await picture.TakeAsync();
        return found == expected ? null : $"--- model\n{expected}\n--- Redis\n{found}";
    }

    private async Task<(string What, string? Complaint)> StepAsync(Command command)
    {
        if (command.Kind < 25 || model.Jobs.Count == 0)
            return await SubmitAsync(command.Option);
        if (command.Kind < 50)
            return await ClaimAsync(command.Option);
        var job = model.Jobs[command.Job % model.Jobs.Count];
        return command.Kind switch
        {
            < 58 => await CompleteAsync(job, command.Option),
            < 70 => await FailAsync(job, command.Option),
            < 79 => await CancelAsync(job),
            < 85 => await PassAsync(job, "scheduled", JobTrigger.Due),
            < 90 => await PassAsync(job, "queue-timeouts", JobTrigger.QueueTimeout),
            < 95 => await PassAsync(job, "leases", JobTrigger.Requeue),
            < 98 => await DeleteAsync(job),
            98 => await ForgetFailuresAsync(),
            _ => await EvictAsync(),
        };
    }

    private async Task<(string, string?)> SubmitAsync(int option)
    {
        var again = option % 11 == 0 && model.Jobs.Count > 0;
        var job = again ? model.Jobs[option % model.Jobs.Count] : NewJob(option, UseOf(option));
        var expected = again ? (Code: SubmitCode.Repeated, job.Id, State: job.State) : model.Submit(job);
        var outcome = await store.SubmitAsync(Submission(job), CancellationToken.None);
        return (
            $"submit {job.Id} {job.Client} {job.Priority} ordering={job.Ordering} superseding={job.Superseding} later={job.Later} again={again} {job.Cache}",
            (outcome.Code, outcome.JobId, outcome.State) == expected ? null : $"submit answered {outcome}, expected {expected}");
    }

    private ModelJob NewJob(int option, CacheUse? use) => new()
    {
        Id = "j" + ++submitted,
        Client = "c" + (option % 3),
        Priority = option / 3 % 2 == 0 ? 50 : 80,
        // What is ordered, supersedes or comes later is a job, not an answer: the API gives it no key.
        Ordering = use is null && option / 6 % 3 == 0 ? "o" : null,
        Superseding = use is null && option / 18 % 4 == 0 ? "s" : null,
        Later = use is null && option / 72 % 4 == 0,
        MaxAttempts = 1 + (option / 288 % 3),
        Cache = use,
    };

    // Every other one may be answered by what is stored or being made: of two keys, at times by others' patience, anew, or past what turned out stale.
    private CacheUse? UseOf(int option)
    {
        if (option / 864 % 2 == 0)
            return null;
        var key = ResultModel.Keys[option / 1_728 % ResultModel.Keys.Length];
        var manner = option / 3_456 % 6;
        return new CacheUse(key, manner == 1 ? ResultModel.Slow(key) : key, Build, Looks: manner != 2)
        {
            Stale = manner == 3 && submitted > 0 ? "j" + (1 + (option % submitted)) : null,
            Negative = option / 20_736 % 3 == 0 ? TimeSpan.Zero : TimeSpan.FromHours(1),
        };
    }

    private async Task<(string, string?)> ClaimAsync(int option)
    {
        int? least = (option % 6) switch { 1 => 80, 2 => 81, 3 => 50, _ => null };
        var claimed = await attempts.ClaimAsync(Some.Claim with { LeastPriority = least }, CancellationToken.None);
        var expected = model.Claim(claimed?.Lease.Token ?? "", least);
        if (claimed is not null)
            leases[claimed.Job.Id] = claimed.Lease;
        return ($"claim least={least}", claimed?.Job.Id == expected?.Id ? null : $"claimed {claimed?.Job.Id}, expected {expected?.Id}");
    }

    private async Task<(string, string?)> CompleteAsync(ModelJob job, int option)
    {
        var lease = LeaseOf(job, forged: option % 5 == 0);
        var keeping = (option / 5 % 4) switch
        {
            0 => new Keeping("another build", null, NoReads),
            1 => Keeping.Refused(Build, "a time limit"),
            _ => new Keeping(Build, null, NoReads),
        };
        var outcome = await attempts.CompleteAsync(lease, new JobResult(), [], keeping, CancellationToken.None);
        var keeps = keeping is { Build: Build, Unkept: null };
        return ($"complete {job.Id} forged={option % 5 == 0} keeps={keeps}", Judge(job, lease, outcome, () => model.Complete(job, keeps)));
    }

    private async Task<(string, string?)> ForgetFailuresAsync()
    {
        await picture.LetFailuresBeForgottenAsync();
        model.ForgetFailures();
        return ("failures are forgotten", null);
    }

    private async Task<(string, string?)> EvictAsync()
    {
        await results.EvictAsync(long.MaxValue, 0, TimeSpan.FromDays(1), CancellationToken.None);
        model.Evict();
        return ("results are evicted", null);
    }

    private async Task<(string, string?)> FailAsync(ModelJob job, int option)
    {
        var end = (AttemptEnd)(option % 3);
        var crash = option / 3 % 2 == 0;
        var lease = LeaseOf(job, forged: option % 7 == 0);
        var outcome = await attempts.FailAsync(lease, crash ? Crash : Broken, end, TimeSpan.FromHours(1), CancellationToken.None);
        return ($"fail {job.Id} {end} crash={crash}", Judge(job, lease, outcome, () => model.Fail(job, end, crash, repeats: true)));
    }

    private string? Judge(ModelJob job, Lease lease, LeaseOutcome outcome, Action apply)
    {
        var held = job.State == JobState.Running && lease.Token == job.Token;
        if (held)
            apply();
        if (held)
            ended.Add(lease.Token);
        var expected = held
            ? LeaseOutcome.Accepted
            : outcome == LeaseOutcome.Repeated && ended.Contains(lease.Token) ? LeaseOutcome.Repeated : LeaseOutcome.Lost;
        return outcome == expected ? null : $"answered {outcome}, expected {expected}";
    }

    private readonly HashSet<string> ended = [];

    private async Task<(string, string?)> CancelAsync(ModelJob job)
    {
        var expected = job.State switch
        {
            JobState.Running => CancelOutcome.Stopping,
            _ when job.State.IsTerminal() => CancelOutcome.AlreadyOver,
            _ => CancelOutcome.Canceled,
        };
        model.Fire(job, JobTrigger.Cancel);
        var outcome = await store.CancelAsync(job.Id, "by test", CancellationToken.None);
        return ($"cancel {job.Id}", outcome == expected ? null : $"answered {outcome}, expected {expected}");
    }

    private async Task<(string, string?)> PassAsync(ModelJob job, string place, JobTrigger trigger)
    {
        await picture.LetTimePassAsync(place, job.Id);
        if (trigger == JobTrigger.Requeue)
        {
            await store.RecoverExpiredAsync(CancellationToken.None);
            if (job.State == JobState.Running)
                model.Fail(job, AttemptEnd.Uncounted, crash: false, repeats: false);
        }
        else
        {
            await store.PromoteDueAsync(CancellationToken.None);
            if (trigger == JobTrigger.Due || job.Attempt == 0)
                model.Fire(job, trigger);
        }

        return ($"time passes for {job.Id} in {place}", null);
    }

    private async Task<(string, string?)> DeleteAsync(ModelJob job)
    {
        var expected = job.State.IsTerminal() ? DeleteOutcome.Deleted : DeleteOutcome.NotOver;
        var outcome = await store.DeleteAsync(job.Id, CancellationToken.None);
        if (expected == DeleteOutcome.Deleted)
            model.Delete(job);
        return ($"delete {job.Id}", outcome == expected ? null : $"answered {outcome}, expected {expected}");
    }

    private Lease LeaseOf(ModelJob job, bool forged) =>
        !forged && leases.TryGetValue(job.Id, out var lease) ? lease : new Lease(job.Id, Math.Max(1, job.Attempt), Lease.NewToken());

    private static Submission Submission(ModelJob job) => new()
    {
        Id = job.Id,
        Client = job.Client,
        BodyHash = "body of " + job.Id,
        Cache = job.Cache,
        Specification = new JobSpecification
        {
            Engine = "e",
            Function = "f",
            Input = new JsonObject(),
            Priority = job.Priority,
            OrderingKey = job.Ordering,
            Supersedes = job.Superseding,
            MaxAttempts = job.MaxAttempts,
            QueueTimeoutSeconds = 3600,
            RunAfter = job.Later ? DateTimeOffset.Parse("2100-01-01T00:00:00Z", CultureInfo.InvariantCulture) : null,
        },
    };
}
