namespace Workers.Bench.Report;

/// <summary>
/// Everything that was measured of one thing. Not for several threads at once: let each have its own and <see cref="Add(Series)"/> them.
/// </summary>
internal sealed class Series
{
    private readonly List<double> values = [];
    private double[]? sorted;

    public Series(params IEnumerable<double> values) => this.values.AddRange(values);

    public int Count => values.Count;

    public double Median => Percentile(50);

    public IReadOnlyList<double> Values => values;

    public void Add(double value)
    {
        values.Add(value);
        sorted = null;
    }

    public void Add(Series more)
    {
        values.AddRange(more.values);
        sorted = null;
    }

    /// <summary>The value that <paramref name="percent"/> of all stay at or below, between neighbours by weight.</summary>
    public double Percentile(double percent)
    {
        if (values.Count == 0) return double.NaN;
        sorted ??= [.. values.Order()];
        var place = percent / 100 * (sorted.Length - 1);
        var below = (int)place;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((sorted[above] - sorted[below]) * (place - below));
    }
}
