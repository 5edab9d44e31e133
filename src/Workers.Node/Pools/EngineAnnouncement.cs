using System.Text.Json.Nodes;
using Workers.Jobs.Nodes;
using Workers.Node.Protocol;
using Workers.Node.Workers;

namespace Workers.Node.Pools;

/// <summary>What a worker's hello and warm-up tell of its engine.</summary>
internal static class EngineAnnouncement
{
    /// <summary>The report, but for what the pool knows itself.</summary>
    public static EngineReport Of(string engine, Hello hello, WarmUpResult? found) => new()
    {
        Name = engine,
        Version = hello.Engine.Version,
        Source = hello.Source,
        Facts = found?.Facts,
        Builds = found is null ? [] : [found.Build ?? ""],
        Functions = [.. hello.Functions.Select(function => new FunctionReport
        {
            Name = function.Name,
            Description = function.Description,
            Input = JsonObject.Create(function.Input)!,
            FileTypes = function.FileTypes,
            Picture = function.Picture,
            Cacheable = function.Cacheable,
            Async = function.Async,
        })],
    };

    /// <summary>The builds of the workers that take calls; while none does, that of the last one that did.</summary>
    public static IReadOnlyList<string> Builds(IEnumerable<Worker> workers, IReadOnlyList<string> last)
    {
        List<string> serving =
        [
            .. workers.Where(worker => worker.State is WorkerState.Ready or WorkerState.Busy)
                .Select(worker => worker.Found?.Build ?? "").Distinct().Order(StringComparer.Ordinal),
        ];
        return serving.Count > 0 ? serving : last;
    }
}
