using Workers.Bench.Report;

namespace Workers.Bench.Stopping;

internal sealed class StoppingBench : IBench
{
    public string Name => "stopping";

    public string Title => "(d) Cancel in mid-render, and a worker killed in mid-job";

    public Task RunAsync(ResultsPage page, CancellationToken cancellation) => Task.CompletedTask;
}
