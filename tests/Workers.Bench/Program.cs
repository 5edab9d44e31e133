using System.Diagnostics;
using Workers.Bench;
using Workers.Bench.Affinity;
using Workers.Bench.Farm;
using Workers.Bench.Overhead;
using Workers.Bench.Peers;
using Workers.Bench.Plots;
using Workers.Bench.Previews;
using Workers.Bench.Queue;
using Workers.Bench.Recovery;
using Workers.Bench.Renders;
using Workers.Bench.Report;
using Workers.Bench.Shop;
using Workers.Bench.Signed;
using Workers.Bench.Soak;
using Workers.Bench.Stopping;
using Workers.Testing;

// Measures what the platform costs and writes the page to stdout and dist/bench.md. Figures are no tests: the exit status is 0 unless something
// broke.
IReadOnlyList<IBench> all =
[
    new OverheadBench(), new QueueBench(), new RendersBench(), new HeavyBench(), new StoppingBench(), new RecoveryBench(), new PlotsBench(),
    new PreviewsBench(), new AffinityBench(), new PeersBench(), new ShopBench(), new CrowdBench(), new SignedBench(), new FarmBench(), new SoakBench(),
];
var only = Environment.GetEnvironmentVariable("ONLY") ?? "";
var names = only.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries);
var unknown = names.Except(all.Select(bench => bench.Name)).ToList();
if (unknown.Count > 0)
{
    Console.Error.WriteLine($"There is no bench '{unknown[0]}'. There are: {string.Join(", ", all.Select(bench => bench.Name))}.");
    return 2;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, press) =>
{
    press.Cancel = true; // The benches stop what they started.
    stop.Cancel();
};
var clock = Stopwatch.StartNew();
var page = new ResultsPage(new Machine());
var broken = 0;
foreach (var bench in all.Where(bench => names.Length == 0 ? !bench.IsApart : names.Contains(bench.Name)))
{
    page.Section(bench.Name, bench.Title);
    try
    {
        await bench.RunAsync(page, stop.Token);
    }
    catch (OperationCanceledException) when (stop.IsCancellationRequested)
    {
        return 130;
    }
    catch (Exception error) // One that breaks must not cost the figures of the others; the exit status tells.
    {
        broken++;
        page.NotMeasured(error.Message);
        Console.Error.WriteLine(error);
    }
}

var text = page.Finish(clock.Elapsed);
Console.Write(text);
Directory.CreateDirectory(RepositoryPaths.Below("dist"));
File.WriteAllText(RepositoryPaths.Below("dist", "bench.md"), text);
return broken == 0 ? 0 : 1;
