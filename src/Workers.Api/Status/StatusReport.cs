using Workers.Api.Engines;
using Workers.Contracts;
using Workers.Jobs;
using Workers.Jobs.Queue;

namespace Workers.Api.Status;

/// <summary>Sums up nodes and queues.</summary>
internal static class StatusReport
{
    /// <summary>The document.</summary>
    public static StatusDocument Write(CatalogView view, IReadOnlyDictionary<string, EngineQueue> queues)
    {
        var engines = view.Engines.ToDictionary(engine => engine.Name, engine => Write(engine, queues.GetValueOrDefault(engine.Name)));
        // Jobs may wait for an engine that nobody configures any more.
        foreach (var (name, queue) in queues)
            engines.TryAdd(name, Write(new EngineView { Name = name }, queue));
        List<string> reasons =
        [
            .. view.Nodes.Where(node => node.State == "lost").Select(node => $"Node '{node.Id}' does not report."),
            .. view.Engines.Where(engine => !engine.Available).Select(engine => $"Engine '{engine.Name}': {engine.Reason}"),
            .. view.Workers.Where(worker => worker.State == "quarantined")
                .Select(worker => $"Worker '{worker.Id}' is quarantined: {worker.LastFailure}"),
            .. view.Nodes.Where(CatalogView.IsLive).SelectMany(node => node.Engines.Where(engine => engine.HeldBackUntil is not null)
                .Select(engine => $"Node '{node.Id}' leaves jobs of engine '{engine.Name}' to others: {engine.FailuresInARow} attempts in a row failed there.")),
        ];
        return new StatusDocument
        {
            Status = Word(view, engines, reasons.Count > 0),
            Reasons = reasons,
            Engines = engines,
            Workers = view.Workers.GroupBy(worker => worker.State).ToDictionary(group => group.Key, group => group.Count()),
            Nodes = view.Nodes.GroupBy(node => node.State).ToDictionary(group => group.Key, group => group.Count()),
        };
    }

    private static string Word(CatalogView view, Dictionary<string, EngineStatus> engines, bool wrong)
    {
        if (!view.Engines.Any(engine => engine.Available))
            return "down";
        if (wrong)
            return "degraded";
        if (engines.Values.Any(engine => engine.Running > 0))
            return "active";
        return engines.Values.Any(engine => engine.Queued + engine.Waiting > 0) ? "waiting" : "idle";
    }

    private static EngineStatus Write(EngineView engine, EngineQueue? queue)
    {
        long Count(JobState state) => queue?.Counts[state] ?? 0;
        return new EngineStatus
        {
            Available = engine.Available,
            Paused = engine.Paused,
            Waiting = Count(JobState.Waiting),
            Scheduled = Count(JobState.Scheduled),
            Queued = Count(JobState.Queued),
            Running = Count(JobState.Running),
            FailedLastHour = queue?.FailedLastHour ?? 0,
            OldestQueuedSeconds = queue?.OldestQueuedSeconds ?? 0,
            DrainSeconds = queue is null ? null : QueueView.DrainSeconds(queue, engine, Count(JobState.Queued) + Count(JobState.Running)),
            Workers = engine.Workers,
        };
    }
}
