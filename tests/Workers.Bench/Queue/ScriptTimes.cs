using System.Globalization;
using Workers.Testing;

namespace Workers.Bench.Queue;

/// <summary>Reads Redis's own clocks and counters.</summary>
internal static class ScriptTimes
{
    /// <summary>
    /// Mean seconds Redis spent in each script call (<c>INFO commandstats</c>, evalsha) while the action ran. Nothing else may run scripts
    /// meanwhile.
    /// </summary>
    public static async Task<double> MeasureAsync(TestRedis redis, Func<Task> action)
    {
        redis.Command("CONFIG", "RESETSTAT");
        await action();
        var fields = Field(redis.Command("INFO", "commandstats"), "cmdstat_evalsha");
        var micros = fields.Split(',').Single(field => field.StartsWith("usec_per_call=", StringComparison.Ordinal));
        return double.Parse(micros.AsSpan("usec_per_call=".Length), CultureInfo.InvariantCulture) / 1e6;
    }

    /// <summary>Bytes that Redis holds, everything included.</summary>
    public static long UsedMemory(TestRedis redis) => long.Parse(Field(redis.Command("INFO", "memory"), "used_memory"), CultureInfo.InvariantCulture);

    private static string Field(string info, string name) =>
        info.Split('\n').Select(line => line.Trim()).First(line => line.StartsWith(name + ":", StringComparison.Ordinal))[(name.Length + 1)..];
}
