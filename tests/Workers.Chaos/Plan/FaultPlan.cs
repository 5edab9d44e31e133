namespace Workers.Chaos.Plan;

/// <summary>The faults of a seed, evenly spread over the run.</summary>
public static class FaultPlan
{
    // Kind, how often of a hundred, and how long it lasts in seconds. What stops everything is rarer than what stops one.
    private static readonly (FaultKind Kind, int Weight, double Shortest, double Longest)[] Mix =
    [
        (FaultKind.WorkerKill, 24, 0, 0), (FaultKind.SseDrop, 20, 0, 0), (FaultKind.WorkerStop, 10, 2, 6), (FaultKind.ApiKill, 8, 0.1, 1.5),
        (FaultKind.NodeKill, 8, 0.1, 2), (FaultKind.ScriptFlush, 7, 0, 0), (FaultKind.LinkCut, 6, 1, 7), (FaultKind.RedisKill, 5, 0.1, 1.5),
        (FaultKind.ApiStop, 4, 1, 4), (FaultKind.RedisStop, 3, 1, 8), (FaultKind.NodeRestart, 3, 0.1, 1), (FaultKind.NodeStop, 2, 11, 13),
    ];

    /// <summary>The plan: every kind at least once where there are enough faults.</summary>
    public static IReadOnlyList<Fault> Of(ChaosSettings settings)
    {
        var random = new Random(settings.Seed);
        var kinds = Enumerable.Range(0, settings.Faults).Select(number => number < Mix.Length ? Mix[number] : Pick(random)).ToArray();
        random.Shuffle(kinds);
        var pause = settings.Seconds / (double)settings.Faults;
        var faults = kinds.Select((kind, number) => new Fault(
            (number + 0.5) * pause, kind.Kind, random.Next(1_000), kind.Shortest + (random.NextDouble() * (kind.Longest - kind.Shortest)))).ToList();
        // Beside the others, which stay as the seed has them.
        for (var number = 0; number < settings.FailOvers; number++)
            faults.Add(new Fault((number + 0.5) * settings.Seconds / settings.FailOvers, FaultKind.FailOver, 0, 0.1 + (random.NextDouble() * 0.9)));
        return [.. faults.OrderBy(fault => fault.At)];
    }

    private static (FaultKind Kind, int Weight, double Shortest, double Longest) Pick(Random random)
    {
        var at = random.Next(Mix.Sum(entry => entry.Weight));
        foreach (var entry in Mix)
        {
            at -= entry.Weight;
            if (at < 0)
                return entry;
        }

        return Mix[0];
    }
}
