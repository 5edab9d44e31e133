using System.Globalization;
using Workers.Bench.Report;
using Workers.Bench.Setup;

namespace Workers.Bench.Soak;

/// <summary>Memory of an API and a node, by how far the run is.</summary>
internal sealed class MemorySamples(BenchServer api, BenchServer node)
{
    private static readonly string[] Names = ["API resident memory", "API managed heap", "node resident memory", "node managed heap"];
    private readonly List<(double Done, double[] Bytes)> samples = [];

    /// <summary>Samples until it is stopped.</summary>
    /// <param name="done">How far the run is, 0 to 1.</param>
    /// <param name="every">Between two samples.</param>
    /// <param name="stop">Ends it.</param>
    public async Task TakeAsync(Func<double> done, TimeSpan every, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                samples.Add((done(), [Resident(api.Pid), await ApiHeapAsync(stop), Resident(node.Pid), await NodeHeapAsync(stop)]));
                await Task.Delay(every, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The run is over.
        }
    }

    /// <summary>What was measured in the second and in the last quarter of the jobs.</summary>
    public IEnumerable<(string Name, Series Second, Series Last)> Quarters() => Names.Select((name, column) =>
    {
        Series Between(double from, double to) =>
            new(samples.Where(sample => sample.Done >= from && sample.Done < to).Select(sample => sample.Bytes[column]));
        return (name, Between(0.25, 0.5), Between(0.75, double.PositiveInfinity));
    });

    private static double Resident(int pid)
    {
        var line = File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return 1024 * double.Parse(line["VmRSS:".Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
    }

    private async Task<double> ApiHeapAsync(CancellationToken stop)
    {
        const string Heap = "workers_api_heap_bytes ";
        var line = (await api.Client.TextAsync("/metrics", stop)).Split('\n').First(line => line.StartsWith(Heap, StringComparison.Ordinal));
        return double.Parse(line[Heap.Length..], CultureInfo.InvariantCulture);
    }

    private async Task<double> NodeHeapAsync(CancellationToken stop)
    {
        var nodes = (await api.Client.GetAsync("/v1/nodes", stop)).GetProperty("nodes").EnumerateArray();
        return nodes.Select(seen => seen.GetProperty("heapBytes")).Select(bytes => bytes.GetDouble()).First();
    }
}
