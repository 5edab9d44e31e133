namespace Workers.Jobs.Tests.Jobs;

/// <summary>What stored results and flights should do, written a second time and simply.</summary>
internal sealed class ResultModel
{
    /// <summary>Keys that sequences use, and the flights of each.</summary>
    internal static readonly string[] Keys = ["k0", "k1"];

    private readonly SortedDictionary<string, string> stored = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, (ModelJob Job, bool ForAWhile)> flights = new(StringComparer.Ordinal);

    internal IEnumerable<string> Lines =>
        stored.Select(pair => $"entry {pair.Key} {pair.Value}")
            .Concat(flights.Select(pair => $"flight {pair.Key} {pair.Value.Job.Id}{(pair.Value.ForAWhile ? " for a while" : "")}"));

    /// <summary>The flight of a key for those of another patience.</summary>
    internal static string Slow(string key) => key + ":slow";

    /// <summary>The job of a stored result that may answer.</summary>
    internal string? Stored(CacheUse use) => stored.TryGetValue(use.Key, out var made) && made != use.Stale ? made : null;

    /// <summary>The job that makes one, or has failed a moment ago.</summary>
    internal ModelJob? Flying(CacheUse use) =>
        flights.TryGetValue(use.Flight, out var flight) && flight.Job.Id != use.Stale && !flight.Job.CancelRequested
        && flight.Job.State is not (JobState.Succeeded or JobState.Canceled) ? flight.Job : null;

    internal void Begin(ModelJob job)
    {
        if (job.Cache is { } use)
            flights[use.Flight] = (job, false);
    }

    internal void End(ModelJob job, bool failureRepeats)
    {
        if (job.Cache is not { } use || !flights.TryGetValue(use.Flight, out var flight) || flight.Job != job)
            return;
        if (job.State == JobState.Failed && failureRepeats && use.Negative > TimeSpan.Zero)
            flights[use.Flight] = (job, true);
        else
            flights.Remove(use.Flight);
    }

    internal void Store(ModelJob job)
    {
        if (job.Cache is { } use)
            stored[use.Key] = job.Id;
    }

    internal void Evict() => stored.Clear();

    internal void ForgetFailures()
    {
        foreach (var name in flights.Where(pair => pair.Value.ForAWhile).Select(pair => pair.Key).ToList())
            flights.Remove(name);
    }
}
