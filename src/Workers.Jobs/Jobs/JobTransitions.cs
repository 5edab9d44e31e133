using System.Collections.Frozen;

namespace Workers.Jobs;

/// <summary>
/// The job's state chart as data: the one place where it is written. The Lua scripts get their rows from here (see <see cref="Redis.LuaScript"/>),
/// ARCHITECTURE.md's picture is tested against it.
/// </summary>
public static class JobTransitions
{
    /// <summary>A row's left side: the state, and for a running job whether its cancel was requested.</summary>
    /// <param name="State">The state before.</param>
    /// <param name="CancelRequested">Only meaningful while running.</param>
    /// <param name="Trigger">What happens.</param>
    public readonly record struct Row(JobState State, bool CancelRequested, JobTrigger Trigger);

    /// <summary>A row's right side.</summary>
    /// <param name="State">The state after.</param>
    /// <param name="CancelRequested">Whether the running job is now asked to stop.</param>
    public readonly record struct Target(JobState State, bool CancelRequested);

    /// <summary>Every allowed transition. What is not here is refused.</summary>
    public static readonly FrozenDictionary<Row, Target> Table = Build().ToFrozenDictionary();

    /// <summary>The state after <paramref name="trigger"/>, or null when the table refuses it.</summary>
    public static Target? Next(JobState state, bool cancelRequested, JobTrigger trigger) =>
        Table.TryGetValue(new Row(state, cancelRequested, trigger), out var target) ? target : null;

    private static Dictionary<Row, Target> Build()
    {
        var table = new Dictionary<Row, Target>();
        void On(JobState from, JobTrigger trigger, JobState to) => table.Add(new Row(from, false, trigger), new Target(to, false));

        On(JobState.Waiting, JobTrigger.Release, JobState.Queued);
        On(JobState.Waiting, JobTrigger.ReleaseLater, JobState.Scheduled);
        On(JobState.Waiting, JobTrigger.Cancel, JobState.Canceled);
        On(JobState.Waiting, JobTrigger.QueueTimeout, JobState.Failed);

        On(JobState.Scheduled, JobTrigger.Due, JobState.Queued);
        On(JobState.Scheduled, JobTrigger.Cancel, JobState.Canceled);

        On(JobState.Queued, JobTrigger.Claim, JobState.Running);
        On(JobState.Queued, JobTrigger.Cancel, JobState.Canceled);
        On(JobState.Queued, JobTrigger.QueueTimeout, JobState.Failed);

        On(JobState.Running, JobTrigger.Complete, JobState.Succeeded);
        On(JobState.Running, JobTrigger.Fail, JobState.Failed);
        On(JobState.Running, JobTrigger.RetryLater, JobState.Scheduled);
        On(JobState.Running, JobTrigger.Requeue, JobState.Queued);
        table.Add(new Row(JobState.Running, false, JobTrigger.Cancel), new Target(JobState.Running, true));

        // Once its cancel is requested a running job ends canceled, whatever comes first; it is never queued again.
        foreach (var trigger in new[] { JobTrigger.Complete, JobTrigger.Fail, JobTrigger.RetryLater, JobTrigger.Requeue })
            table.Add(new Row(JobState.Running, true, trigger), new Target(JobState.Canceled, false));
        table.Add(new Row(JobState.Running, true, JobTrigger.Cancel), new Target(JobState.Running, true));
        return table;
    }
}
