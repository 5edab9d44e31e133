using System.Globalization;

namespace Workers.Chaos.Plan;

/// <summary>How long and how hard. From the environment, so that <c>make chaos SEED=7</c> repeats a plan.</summary>
/// <param name="Seed">Fixes the plan: faults, their order, jobs. Not how they interleave.</param>
/// <param name="Seconds">How long clients submit and faults happen.</param>
/// <param name="Jobs">Jobs in all.</param>
/// <param name="Faults">Faults in all.</param>
/// <param name="FailOvers">How often a primary Redis dies for good; then acknowledged jobs may be lost, and are counted.</param>
public sealed record ChaosSettings(int Seed, int Seconds, int Jobs, int Faults, int FailOvers)
{
    /// <summary>SEED, SECONDS, JOBS, FAULTS and FAILOVER; without them a new seed and a run of some 25 minutes.</summary>
    public static ChaosSettings FromEnvironment() => new(
        Number("SEED") ?? Random.Shared.Next(1, 1_000_000), Number("SECONDS") ?? 1_400, Number("JOBS") ?? 24_000, Number("FAULTS") ?? 360,
        Number("FAILOVER") ?? 0);

    private static int? Number(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : null;
}
