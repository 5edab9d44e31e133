namespace Workers.Api.Metrics;

/// <summary>Counts observations in fixed buckets, in seconds. For concurrent use.</summary>
internal sealed class Histogram
{
    /// <summary>Upper ends of the buckets in seconds; the last one is infinite.</summary>
    public static readonly IReadOnlyList<double> Bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200];

    private readonly Lock gate = new();
    private readonly long[] counts = new long[Bounds.Count + 1];
    private double sum;

    /// <summary>Counts one.</summary>
    public void Observe(double seconds)
    {
        var bucket = 0;
        while (bucket < Bounds.Count && seconds > Bounds[bucket])
            bucket++;
        lock (gate)
        {
            counts[bucket]++;
            sum += seconds;
        }
    }

    /// <summary>Counts of each bucket (not yet cumulated) and the sum in seconds.</summary>
    public (long[] Counts, double Sum) Read()
    {
        lock (gate)
            return ([.. counts], sum);
    }
}
