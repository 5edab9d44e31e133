using Workers.Node.Workers;

namespace Workers.Node.Tests.Workers;

/// <summary>The chart as the design says it, row for row; everything else is refused.</summary>
public sealed class WorkerTransitionsTests
{
    private const string Chart = """
        Starting WarmedUp Ready, Starting Drain Draining, Starting Fault Faulted,
        Ready CallStarted Busy, Ready Drain Draining, Ready Fault Faulted,
        Busy CallStarted Busy, Busy CallEnded Ready, Busy Drain Draining, Busy Fault Faulted,
        Draining CallEnded Draining, Draining Exited Stopped, Draining Fault Faulted,
        Faulted Restart Starting, Faulted CrashLoop Quarantined, Faulted Stop Stopped,
        Quarantined Restart Starting, Quarantined Stop Stopped
        """;

    private static readonly Dictionary<(WorkerState, WorkerTrigger), WorkerState> Expected = Chart
        .Split(',', StringSplitOptions.TrimEntries)
        .Select(row => row.Split(' '))
        .ToDictionary(
            row => (Enum.Parse<WorkerState>(row[0]), Enum.Parse<WorkerTrigger>(row[1])),
            row => Enum.Parse<WorkerState>(row[2]));

    [Fact]
    public void Every_state_and_trigger_is_answered_as_the_chart_says()
    {
        foreach (var state in Enum.GetValues<WorkerState>())
        {
            foreach (var trigger in Enum.GetValues<WorkerTrigger>())
            {
                WorkerState? expected = Expected.TryGetValue((state, trigger), out var next) ? next : null;
                Assert.True(expected == WorkerTransitions.Next(state, trigger), $"{state} + {trigger}");
            }
        }
    }

    [Fact]
    public void Stopped_is_the_only_end_and_every_state_leads_to_it()
    {
        foreach (var state in Enum.GetValues<WorkerState>())
        {
            var next = Enum.GetValues<WorkerTrigger>().Select(trigger => WorkerTransitions.Next(state, trigger)).Where(target => target is not null);
            Assert.Equal(state == WorkerState.Stopped, !next.Any());
            Assert.True(LeadsToStopped(state, []), $"{state}");
        }
    }

    private static bool LeadsToStopped(WorkerState state, HashSet<WorkerState> seen)
    {
        if (state == WorkerState.Stopped)
            return true;
        if (!seen.Add(state))
            return false;
        var next = Enum.GetValues<WorkerTrigger>().Select(trigger => WorkerTransitions.Next(state, trigger)).OfType<WorkerState>();
        return next.Any(target => LeadsToStopped(target, seen));
    }
}
