namespace Workers.Jobs.Timing;

/// <summary>Pauses that grow with each failure in a row.</summary>
public static class Doubling
{
    private const int MostDoublings = 20; // Beyond any limit in use, and far from what a TimeSpan holds.

    /// <summary>The first pause, doubled so many times, and never longer than the longest.</summary>
    /// <param name="first">The pause after the first failure.</param>
    /// <param name="longest">The longest pause.</param>
    /// <param name="times">Failures before this one; less than none counts as none.</param>
    public static TimeSpan Of(TimeSpan first, TimeSpan longest, int times)
    {
        var doubled = first * Math.Pow(2, Math.Clamp(times, 0, MostDoublings));
        return doubled < longest ? doubled : longest;
    }
}
