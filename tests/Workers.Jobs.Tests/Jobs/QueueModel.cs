namespace Workers.Jobs.Tests.Jobs;

/// <summary>
/// What jobs and queues should do, written a second time and simply: one engine, in memory, states from <see cref="JobTransitions"/>.
/// </summary>
internal sealed class QueueModel
{
    private readonly List<ModelJob> jobs = [];
    private readonly Dictionary<(int Priority, string Client), double> ring = [];
    private readonly ResultModel results = new();
    private long sequence;

    internal IReadOnlyList<ModelJob> Jobs => jobs;

    /// <summary>Durable events so far, of deleted jobs too.</summary>
    internal int Events { get; private set; }

    /// <summary>Stored results and flights, a line each.</summary>
    internal IEnumerable<string> Results => results.Lines;

    /// <summary>Admits it, or says what answers in its place.</summary>
    internal (SubmitCode Code, string Id, JobState? State) Submit(ModelJob job)
    {
        if (job.Cache is { Looks: true } use)
        {
            if (results.Stored(use) is { } made)
                return (SubmitCode.Hit, made, null);
            if (results.Flying(use) is { } flying && jobs.Contains(flying))
            {
                Raise(flying, job.Priority);
                return (SubmitCode.Joined, flying.Id, flying.State);
            }
        }

        if (job.Superseding is not null)
        {
            foreach (var other in Superseders(job).Where(other => other.State != JobState.Running).ToList())
                Fire(other, JobTrigger.Cancel);
        }

        job.Sequence = ++sequence;
        jobs.Add(job);
        var first = job.Ordering is null || Line(job).First() == job;
        Arrive(job, !first ? JobState.Waiting : job.Later ? JobState.Scheduled : JobState.Queued);
        if (job.State == JobState.Queued)
            Tell(job, "queued");
        results.Begin(job);
        return (SubmitCode.Created, job.Id, job.State);
    }

    internal ModelJob? Claim(string token, int? least)
    {
        var level = ring.Keys.Select(entry => entry.Priority).DefaultIfEmpty(-1).Max();
        if (level < (least ?? 0))
            return null;
        var client = ring.Where(entry => entry.Key.Priority == level)
            .OrderBy(entry => entry.Value)
            .ThenBy(entry => entry.Key.Client, StringComparer.Ordinal)
            .First().Key.Client;
        var job = jobs.Where(job => job.State == JobState.Queued && job.Priority == level && job.Client == client).MinBy(job => job.Sequence)!;
        ring[(level, client)]++;
        job.Attempt++;
        job.Token = token;
        Fire(job, JobTrigger.Claim);
        return job;
    }

    /// <summary>Ends it well; its result is stored where that may be.</summary>
    internal void Complete(ModelJob job, bool keeps)
    {
        Fire(job, JobTrigger.Complete);
        if (keeps && job.State == JobState.Succeeded)
            results.Store(job);
    }

    /// <summary>The time is over in which a failure answers others.</summary>
    internal void ForgetFailures() => results.ForgetFailures();

    /// <summary>Every stored result is forgotten.</summary>
    internal void Evict() => results.Evict();

    internal void Fail(ModelJob job, AttemptEnd end, bool crash, bool repeats)
    {
        job.FailureRepeats = repeats;
        var trigger = JobTrigger.Fail;
        if (end == AttemptEnd.Uncounted && ++job.Returned <= 20)
            trigger = JobTrigger.Requeue;
        if (end == AttemptEnd.Counted)
        {
            job.Crashes = crash ? job.Crashes + 1 : 0;
            if (++job.Counted < job.MaxAttempts && job.Crashes < 2)
                trigger = JobTrigger.RetryLater;
        }

        // A newer one of its key takes its place for good.
        if (trigger != JobTrigger.Fail && job.Superseding is not null && Superseders(job).Any(other => other.Sequence > job.Sequence))
            job.CancelRequested = true;
        Fire(job, trigger);
    }

    /// <summary>Raises a trigger where the table allows it; false where it refuses.</summary>
    internal bool Fire(ModelJob job, JobTrigger trigger)
    {
        if (JobTransitions.Next(job.State, job.CancelRequested, trigger) is not { } target)
            return false;
        var before = job.State;
        if (target.State == before)
        {
            job.CancelRequested = target.CancelRequested;
            return true;
        }

        Leave(job, target.State);
        job.CancelRequested = target.CancelRequested;
        Arrive(job, target.State);
        if (target.State.IsTerminal())
            results.End(job, trigger == JobTrigger.Fail && job.FailureRepeats);
        var name = trigger switch
        {
            JobTrigger.Claim => "started",
            JobTrigger.ReleaseLater => null,
            _ when target.State == JobState.Queued && before != JobState.Running => "queued",
            _ when !target.State.IsTerminal() => "retrying",
            _ => target.State.Wire(),
        };
        if (name is not null)
            Tell(job, name);
        if (target.State.IsTerminal() && job.Ordering is not null && Line(job).FirstOrDefault() is { State: JobState.Waiting } next)
            Fire(next, next.Later ? JobTrigger.ReleaseLater : JobTrigger.Release);
        return true;
    }

    internal void Delete(ModelJob job) => jobs.Remove(job);

    private IEnumerable<ModelJob> Superseders(ModelJob job) =>
        jobs.Where(other => other.Client == job.Client && other.Superseding == job.Superseding && !other.State.IsTerminal());

    private IEnumerable<ModelJob> Line(ModelJob job) =>
        jobs.Where(other => other.Client == job.Client && other.Ordering == job.Ordering && !other.State.IsTerminal())
            .OrderBy(other => other.Sequence);

    private void Raise(ModelJob job, int priority)
    {
        if (priority <= job.Priority || job.State == JobState.Failed)
            return;
        var state = job.State;
        Leave(job, JobState.Waiting);
        job.Priority = priority;
        Arrive(job, state);
    }

    private void Arrive(ModelJob job, JobState state)
    {
        job.State = state;
        if (state != JobState.Queued || ring.ContainsKey((job.Priority, job.Client)))
            return;
        var times = ring.Where(entry => entry.Key.Priority == job.Priority).Select(entry => entry.Value).ToList();
        ring[(job.Priority, job.Client)] = times.Count == 0 ? 0 : times.Min();
    }

    private void Leave(ModelJob job, JobState to)
    {
        job.State = to;
        if (!jobs.Any(other => other.State == JobState.Queued && other.Priority == job.Priority && other.Client == job.Client))
            ring.Remove((job.Priority, job.Client));
    }

    private void Tell(ModelJob job, string type)
    {
        job.Events.Add(type);
        Events++;
    }
}

/// <summary>A job as the model knows it.</summary>
internal sealed class ModelJob
{
    internal required string Id { get; init; }
    internal required string Client { get; init; }
    internal required int Priority { get; set; }
    internal string? Ordering { get; init; }
    internal string? Superseding { get; init; }
    internal bool Later { get; init; }
    internal CacheUse? Cache { get; init; }
    internal bool FailureRepeats { get; set; }
    internal int MaxAttempts { get; init; }
    internal long Sequence { get; set; }
    internal JobState State { get; set; }
    internal bool CancelRequested { get; set; }
    internal int Attempt { get; set; }
    internal int Counted { get; set; }
    internal int Crashes { get; set; }
    internal int Returned { get; set; }
    internal string Token { get; set; } = "";
    internal List<string> Events { get; } = [];

    /// <summary>One line, as <c>RedisPicture</c> writes it.</summary>
    public override string ToString() =>
        $"{Id} {State.Wire()}{(CancelRequested ? "!" : "")} {Priority} {Attempt} {string.Join(',', Events)}";
}
