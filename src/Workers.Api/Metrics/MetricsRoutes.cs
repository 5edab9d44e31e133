using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Workers.Api.Caching;
using Workers.Api.Engines;
using Workers.Api.Problems;
using Workers.Api.Security;
using Workers.Api.Status;
using Workers.Jobs;
using Workers.Jobs.Processes;
using Workers.Jobs.Queue;

namespace Workers.Api.Metrics;

/// <summary>Figures for Prometheus: base units, never a job's id.</summary>
internal static class MetricsRoutes
{
    /// <summary>Maps them.</summary>
    public static void MapMetrics(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/metrics", GetAsync).Needs(Role.Read).WithTags("Health").WithSummary("Figures for Prometheus")
            .WithDescription("They stand for the whole installation: scrape one API process, or don't add them up. But for "
                + "workers_cache_requests_total and workers_cache_memory_bytes, which are each process's own.")
            .Produces<string>(200, "text/plain").Fails(ProblemKinds.RedisUnavailable);

    private static async Task<IResult> GetAsync(HttpContext context, EngineCatalog catalog, QueueView queues, RunHistograms histograms, CacheFigures cache)
    {
        var text = new PrometheusText();
        WriteJobs(text, await queues.GetAsync(context.RequestAborted));
        WriteTimes(text, histograms);
        WriteWorkers(text, await catalog.GetAsync(context.RequestAborted));
        WriteMemory(text, catalog.Current);
        await cache.WriteAsync(text, context.RequestAborted);
        return TypedResults.Text(text.ToString(), PrometheusText.MediaType);
    }

    private static void WriteJobs(PrometheusText text, IReadOnlyDictionary<string, EngineQueue> queues)
    {
        text.Family("workers_jobs_total", "counter", "Ended jobs since the installation began.");
        foreach (var (engine, queue) in queues)
        {
            foreach (var state in JobStates.All.Where(state => state.IsTerminal()))
                text.Sample("workers_jobs_total", queue.Counts[state], ("engine", engine), ("state", state.Wire()));
        }

        text.Family("workers_queue_depth", "gauge", "Jobs that are not over, by state.");
        foreach (var (engine, queue) in queues)
        {
            foreach (var state in JobStates.All.Where(state => !state.IsTerminal()))
                text.Sample("workers_queue_depth", queue.Counts[state], ("engine", engine), ("state", state.Wire()));
        }

        text.Family("workers_queue_oldest_seconds", "gauge", "How long the oldest queued job has been queued.");
        foreach (var (engine, queue) in queues)
            text.Sample("workers_queue_oldest_seconds", queue.OldestQueuedSeconds, ("engine", engine));
    }

    private static void WriteTimes(PrometheusText text, RunHistograms histograms)
    {
        text.Family("workers_queue_wait_seconds", "histogram", "From queued to started.");
        foreach (var (engine, histogram) in histograms.Waits)
            text.Samples("workers_queue_wait_seconds", histogram, ("engine", engine));
        text.Family("workers_run_seconds", "histogram", "From started to succeeded.");
        foreach (var (engine, histogram) in histograms.Runs)
            text.Samples("workers_run_seconds", histogram, ("engine", engine));
    }

    private static void WriteMemory(PrometheusText text, CatalogView view)
    {
        var own = OwnMemory.Now();
        text.Family("workers_api_resident_bytes", "gauge", "Resident memory of the API process that was asked.");
        text.Sample("workers_api_resident_bytes", own.Resident);
        text.Family("workers_api_heap_bytes", "gauge", "Its managed objects that survived the newest garbage collection.");
        text.Sample("workers_api_heap_bytes", own.Heap);
        text.Family("workers_node_resident_bytes", "gauge", "Resident memory of a node's own process, without its workers.");
        foreach (var node in view.Nodes.Where(CatalogView.IsLive))
            text.Sample("workers_node_resident_bytes", node.ResidentBytes, ("node", node.Id));
        text.Family("workers_node_heap_bytes", "gauge", "Its managed objects that survived the newest garbage collection.");
        foreach (var node in view.Nodes.Where(CatalogView.IsLive))
            text.Sample("workers_node_heap_bytes", node.HeapBytes, ("node", node.Id));
    }

    private static void WriteFailing(PrometheusText text, CatalogView view)
    {
        var pairs = view.Nodes.Where(CatalogView.IsLive).SelectMany(node => node.Engines.Select(engine => (Node: node.Id, Engine: engine))).ToList();
        text.Family("workers_engine_failures_in_a_row", "gauge", "Attempts in a row that crashed, stalled or could not be stored on a node.");
        foreach (var (node, engine) in pairs)
            text.Sample("workers_engine_failures_in_a_row", engine.FailuresInARow, ("engine", engine.Name), ("node", node));
        text.Family("workers_engine_held_back", "gauge", "1 while a node leaves an engine's jobs to other nodes because of such failures.");
        foreach (var (node, engine) in pairs)
            text.Sample("workers_engine_held_back", engine.HeldBackUntil is null ? 0 : 1, ("engine", engine.Name), ("node", node));
    }

    private static void WriteWorkers(PrometheusText text, CatalogView view)
    {
        text.Family("workers_pool_workers", "gauge", "Workers by state.");
        foreach (var engine in view.Engines)
        {
            foreach (var (state, count) in engine.Workers)
                text.Sample("workers_pool_workers", count, ("engine", engine.Name), ("state", state));
        }

        WriteFailing(text, view);
        text.Family("workers_worker_restarts_total", "counter", "Process starts after the first, by worker slot.");
        foreach (var worker in view.Workers)
            text.Sample("workers_worker_restarts_total", worker.Restarts, ("engine", worker.Engine), ("worker", worker.Id));
        text.Family("workers_worker_rss_bytes", "gauge", "Resident memory of a worker's process group.");
        foreach (var worker in view.Workers)
            text.Sample("workers_worker_rss_bytes", worker.ResidentBytes, ("engine", worker.Engine), ("worker", worker.Id));
    }
}
