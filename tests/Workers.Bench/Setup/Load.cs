using System.Diagnostics;
using Workers.Bench.Report;

namespace Workers.Bench.Setup;

/// <summary>So many clients at once, each calling one after the other.</summary>
internal static class Load
{
    /// <summary>A fixed number of calls.</summary>
    /// <param name="clients">At once.</param>
    /// <param name="each">Calls of each client.</param>
    /// <param name="call">One call; answers its seconds.</param>
    /// <returns>Seconds of every call.</returns>
    public static async Task<Series> CallsAsync(int clients, int each, Func<Task<double>> call)
    {
        var all = await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            var own = new Series();
            for (var number = 0; number < each; number++) own.Add(await call());
            return own;
        })));
        var together = new Series();
        foreach (var one in all) together.Add(one);
        return together;
    }

    /// <summary>Calls for a time.</summary>
    /// <returns>Calls per second, of all clients together.</returns>
    public static async Task<double> PerSecondAsync(int clients, TimeSpan duration, Func<Task> call)
    {
        var clock = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            var count = 0;
            for (; clock.Elapsed < duration; count++) await call();
            return count;
        })));
        return counts.Sum() / clock.Elapsed.TotalSeconds;
    }
}
