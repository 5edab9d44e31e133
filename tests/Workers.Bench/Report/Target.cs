namespace Workers.Bench.Report;

/// <summary>What a figure should be.</summary>
/// <param name="Floor">Worse than this is a defect.</param>
/// <param name="Goal">Good enough to be proud of; null: the floor is all that was asked.</param>
internal sealed record Target(double Floor, double? Goal = null)
{
    /// <summary>Whether a figure is at or below the floor.</summary>
    public bool Holds(double value) => value <= Floor;

    /// <summary>Floor and goal, each with whether it was met.</summary>
    public string Judge(double value, Unit unit)
    {
        var floor = $"floor ≤ {unit.Show(Floor)}: {Word(value <= Floor)}";
        return Goal is { } goal ? $"{floor}; goal ≤ {unit.Show(goal)}: {Word(value <= goal)}" : floor;
    }

    private static string Word(bool met) => met ? "met" : "**missed**";
}
