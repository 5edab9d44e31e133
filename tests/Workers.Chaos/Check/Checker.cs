using System.Globalization;

namespace Workers.Chaos.Check;

/// <summary>Judges the evidence. Each rule is one method; each violation one line for a person.</summary>
public static class Checker
{
    private static readonly string[] Terminal = ["succeeded", "failed", "canceled"];

    /// <summary>Every violation; empty when all is well.</summary>
    public static IReadOnlyList<string> Judge(Evidence evidence) =>
    [
        .. NothingIsLost(evidence), .. OneJobForAKey(evidence), .. OneEnd(evidence), .. AttemptsInOrder(evidence), .. StreamsAgree(evidence),
        .. FollowersSawAll(evidence), .. BytesMatch(evidence), .. NothingIsLeft(evidence),
    ];

    /// <summary>What went with primaries that died: for a person, where it is no violation.</summary>
    /// <returns>Acknowledged jobs that are gone, and events that were seen and are gone.</returns>
    public static (int Jobs, int Events) Losses(Evidence evidence)
    {
        var stored = evidence.Events.Select(entry => entry.Id).ToHashSet();
        return (
            evidence.Acknowledgements.Select(known => known.JobId).Distinct().Count(id => !evidence.Jobs.ContainsKey(id)),
            evidence.Followers.SelectMany(seen => seen).Distinct().Count(id => !stored.Contains(id)));
    }

    private static IEnumerable<string> NothingIsLost(Evidence evidence) =>
        from known in evidence.Acknowledgements.DistinctBy(known => known.JobId)
        let job = evidence.Jobs.GetValueOrDefault(known.JobId)
        where job is null ? !evidence.MayLose : !Terminal.Contains(job.State)
        select $"lost: job {known.JobId} was acknowledged under '{known.Key}' and is {job?.State ?? "gone"}";

    private static IEnumerable<string> OneJobForAKey(Evidence evidence)
    {
        var known = evidence.Acknowledgements.Where(known => !evidence.MayLose || evidence.Jobs.ContainsKey(known.JobId));
        foreach (var key in known.GroupBy(known => known.Key).Where(key => key.DistinctBy(known => known.JobId).Count() > 1))
            yield return $"doubled: '{key.Key}' was acknowledged as {string.Join(" and ", key.Select(known => known.JobId).Distinct())}";
        foreach (var key in evidence.Jobs.GroupBy(job => job.Value.Key).Where(key => key.Count() > 1))
            yield return $"doubled: '{key.Key}' is stored as {string.Join(" and ", key.Select(job => job.Key))}";
    }

    private static IEnumerable<string> OneEnd(Evidence evidence)
    {
        foreach (var (id, job) in evidence.Jobs)
        {
            var ends = job.Events.Where(entry => Terminal.Contains(entry.Type)).ToList();
            if (Terminal.Contains(job.State) && (ends.Count != 1 || ends[0].Type != job.State || job.Events[^1] != ends[0]))
                yield return $"ends: job {id} is {job.State} and its events end {string.Join(", ", ends.Select(end => end.Type))}";
            var completions = job.Events.Where(entry => entry.Type == "artifact").Select(entry => entry.Attempt).Distinct().Count();
            if (completions > 1)
                yield return $"completed twice: artifacts of job {id} come from {completions} attempts";
        }
    }

    private static IEnumerable<string> AttemptsInOrder(Evidence evidence) =>
        from pair in evidence.Jobs
        let starts = pair.Value.Events.Where(entry => entry.Type == "started").Select(entry => entry.Attempt).ToList()
        where !starts.SequenceEqual(Enumerable.Range(1, starts.Count))
        select $"attempts: job {pair.Key} started attempts {string.Join(", ", starts)}";

    // What the stream of all jobs has let go of is counted: so much is missing at the front of older jobs' events, and nowhere else.
    private static IEnumerable<string> StreamsAgree(Evidence evidence)
    {
        var ofJob = evidence.Events.ToLookup(entry => entry.JobId, entry => (entry.Type, entry.Attempt));
        var missing = 0L;
        foreach (var (id, job) in evidence.Jobs)
        {
            var shared = ofJob[id].ToList();
            missing += job.Events.Count - shared.Count;
            if (!job.Events.TakeLast(shared.Count).SequenceEqual(shared) || (evidence.Trimmed == 0 && shared.Count < job.Events.Count))
                yield return $"streams: the events of job {id} differ between its own stream and that of all jobs";
        }

        if (evidence.Trimmed > 0 && !evidence.MayLose && missing != evidence.Trimmed)
            yield return $"streams: {missing} events of jobs are not in the stream of all jobs, which let go of {evidence.Trimmed}";
    }

    // A follower starts somewhere; from there on it must have seen everything once and in order.
    private static IEnumerable<string> FollowersSawAll(Evidence evidence)
    {
        var ids = evidence.Events.Select(entry => entry.Id).ToList();
        for (var number = 0; number < evidence.Followers.Count; number++)
        {
            var seen = evidence.Followers[number];
            var from = seen.Count == 0 ? -1 : ids.IndexOf(seen[0]);
            if (evidence.MayLose || evidence.Trimmed > 0)
            {
                if (FirstWrong(ids, seen) is { } wrong)
                    yield return $"feed: follower {number} {wrong}";
                else if (!evidence.MayLose && !Longest(evidence.Followers).TakeLast(seen.Count).SequenceEqual(seen))
                    yield return $"feed: follower {number} saw something else than the others";
            }
            else if (from < 0)
                yield return $"feed: follower {number} saw nothing of what is stored";
            else if (!ids.Skip(from).SequenceEqual(seen))
                yield return $"feed: follower {number} saw {seen.Count} events where {ids.Count - from} are stored; "
                    + $"first difference after {ids.Skip(from).Zip(seen).TakeWhile(pair => pair.First == pair.Second).Count()}";
        }
    }

    private static IReadOnlyList<string> Longest(IReadOnlyList<IReadOnlyList<string>> followers) => followers.MaxBy(seen => seen.Count)!;

    // What is stored after the first stored event that was seen must have been seen, and all of it in order; what was lost may stand in between.
    private static string? FirstWrong(List<string> stored, IReadOnlyList<string> seen)
    {
        var known = stored.ToHashSet();
        var kept = seen.Where(known.Contains).ToList();
        if (kept.Count == 0)
            return "saw nothing of what is stored";
        if (!seen.Zip(seen.Skip(1)).All(pair => Place(pair.First).CompareTo(Place(pair.Second)) < 0))
            return "was given events out of order or twice";
        var due = stored.Skip(stored.IndexOf(kept[0])).ToList();
        return due.SequenceEqual(kept) ? null : $"saw {kept.Count} of {due.Count} stored events";
    }

    // A stream's ids are milliseconds and a number within them.
    private static (long Time, long Number) Place(string id)
    {
        var parts = id.Split('-');
        return (long.Parse(parts[0], CultureInfo.InvariantCulture), long.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    private static IEnumerable<string> BytesMatch(Evidence evidence)
    {
        foreach (var (id, job) in evidence.Jobs.Where(job => job.Value.State == "succeeded"))
        {
            if (job.Artifacts.Count == 0)
                yield return $"bytes: job {id} succeeded without its picture";
            foreach (var hex in job.Artifacts.Where(hex => evidence.Bytes.GetValueOrDefault(hex) != hex))
                yield return $"bytes: {hex} of job {id} answers {evidence.Bytes.GetValueOrDefault(hex) ?? "nothing"}";
        }
    }

    private static IEnumerable<string> NothingIsLeft(Evidence evidence) =>
        evidence.Orphans.Select(process => $"orphan: {process}").Concat(evidence.LeftFolders.Select(folder => $"left folder: {folder}"));
}
