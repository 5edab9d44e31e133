using System.Diagnostics;
using System.Globalization;
using Workers.Chaos.Check;
using Workers.Chaos.Clients;
using Workers.Chaos.Cluster;
using Workers.Chaos.Plan;

namespace Workers.Chaos;

/// <summary>One run: start, submit and break, wait until all is over, gather, judge, stop, judge what is left.</summary>
internal sealed class ChaosRun(ChaosSettings settings)
{
    private const int Followers = 3;
    private const int ShownViolations = 50;
    private static readonly TimeSpan DrainLimit = TimeSpan.FromMinutes(5);

    /// <summary>Runs it and tells how it went.</summary>
    /// <returns>Whether nothing was violated.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("workers-chaos-").FullName;
        Say($"chaos: SEED={settings.Seed} SECONDS={settings.Seconds} JOBS={settings.Jobs} FAULTS={settings.Faults} FAILOVER={settings.FailOvers}");
        IReadOnlyList<string> violations;
        await using (var cluster = await ChaosCluster.StartAsync(folder, settings.FailOvers > 0, cancellation))
            violations = await RunAsync(cluster, cancellation);
        foreach (var violation in violations.Take(ShownViolations))
            Say("VIOLATION " + violation);
        Say(violations.Count == 0 ? "chaos: nothing was violated" : $"chaos: {violations.Count} violations; journals, logs, blobs and a dump of Redis are kept in {folder}");
        if (violations.Count == 0)
            Directory.Delete(folder, recursive: true);
        return violations.Count == 0;
    }

    private async Task<IReadOnlyList<string>> RunAsync(ChaosCluster cluster, CancellationToken cancellation)
    {
        var apis = cluster.Apis.Select(api => api.Address).ToList();
        var journal = new Journal();
        var followers = Enumerable.Range(0, Followers).Select(number => new FeedFollower(apis, number)).ToList();
        using var following = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var feeds = Task.WhenAll(followers.Select(follower => follower.RunAsync(following.Token)));
        while (followers.Any(follower => follower.Connections == 0))
            await Task.Delay(20, cancellation);

        var clock = Stopwatch.StartNew();
        var faults = new FaultRunner(cluster, followers);
        using var patient = new PatientClient(apis, journal, mayLose: settings.FailOvers > 0);
        var stream = new SteadyStream(patient, journal, settings.Seed);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var streaming = stream.RunAsync(over.Token, cancellation);
        await TogetherAsync(
            [token => new Submitters(patient, settings, journal).RunAsync(token), token => faults.RunAsync(FaultPlan.Of(settings), token)], cancellation);
        await over.CancelAsync();
        await streaming;
        var submitted = clock.Elapsed;

        var collector = new EvidenceCollector(cluster);
        await DrainAsync(collector, followers, clock.Elapsed + DrainLimit, clock, cancellation);
        var evidence = await collector.GatherAsync(journal, followers, cancellation) with { MayLose = settings.FailOvers > 0 };
        await following.CancelAsync();
        await feeds;
        foreach (var server in cluster.All)
            await server.StopAsync();
        evidence = collector.WithWhatIsLeft(evidence);
        await KeepAsync(cluster, evidence);
        Tell(evidence, journal, followers, faults, submitted, clock.Elapsed);
        Tell(stream, evidence);
        foreach (var follower in followers)
            follower.Dispose();
        return Checker.Judge(evidence);
    }

    // One that breaks ends the others: clients would go on asking a cluster that nobody mends any more.
    private static async Task TogetherAsync(IEnumerable<Func<CancellationToken, Task>> parts, CancellationToken cancellation)
    {
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAll(parts.Select(async part =>
        {
            try
            {
                await part(broken.Token);
            }
            catch
            {
                await broken.CancelAsync();
                throw;
            }
        }));
    }

    private static async Task DrainAsync(
        EvidenceCollector collector, IReadOnlyList<FeedFollower> followers, TimeSpan until, Stopwatch clock, CancellationToken cancellation)
    {
        while (collector.Unfinished() > 0 && clock.Elapsed < until)
            await Task.Delay(200, cancellation);
        // Followers are a moment behind; one that never comes there is judged.
        for (var quiet = 0; quiet < 10;)
        {
            var before = followers.Sum(follower => follower.Seen.Count);
            await Task.Delay(300, cancellation);
            quiet = followers.Sum(follower => follower.Seen.Count) == before ? quiet + 1 : 0;
        }
    }

    // Beside the logs; removed with them when nothing was violated.
    private static async Task KeepAsync(ChaosCluster cluster, Evidence evidence)
    {
        await File.WriteAllLinesAsync(
            Path.Combine(cluster.Folder, "acknowledged.tsv"), evidence.Acknowledgements.Select(known => known.Key + '\t' + known.JobId));
        for (var number = 0; number < evidence.Followers.Count; number++)
            await File.WriteAllLinesAsync(Path.Combine(cluster.Folder, $"follower-{number}.txt"), evidence.Followers[number]);
        cluster.Redis.Command("SAVE");
        var data = cluster.Redis.Command("CONFIG", "GET", "dir").Split('\n')[1];
        File.Copy(Path.Combine(data, "dump.rdb"), Path.Combine(cluster.Folder, "redis.rdb"));
    }

    private static void Tell(
        Evidence evidence, Journal journal, IReadOnlyList<FeedFollower> followers, FaultRunner faults, TimeSpan submitted, TimeSpan all)
    {
        var planned = evidence.Jobs.Values.Where(job => !job.Key.StartsWith(SteadyStream.KeyPrefix, StringComparison.Ordinal)).ToList();
        var states = planned.GroupBy(job => job.State).OrderBy(state => state.Key).Select(state => $"{state.Count()} {state.Key}");
        var attempts = planned.Sum(job => job.Events.Count(entry => entry.Type == "started"));
        Say($"jobs: {planned.Count} ({string.Join(", ", states)}), {attempts} attempts, {journal.Repeats} requests sent again");
        Say($"faults: {faults.Done.Values.Sum()} of {faults.Done.Count} kinds: "
            + string.Join(", ", faults.Done.OrderBy(kind => kind.Key).Select(kind => $"{kind.Value} {kind.Key}")));
        Say($"events: {evidence.Events.Count} stored; followers saw {string.Join(", ", followers.Select(follower => follower.Seen.Count))} over "
            + $"{followers.Sum(follower => follower.Connections)} connections, {followers.Sum(follower => follower.Resets)} resets");
        Say(string.Create(CultureInfo.InvariantCulture, $"time: {submitted.TotalSeconds:0} s of chaos, {all.TotalSeconds:0} s in all"));
    }

    private static void Tell(SteadyStream stream, Evidence evidence)
    {
        var (count, median, ninetyNinth, longest) = stream.Figures;
        Say(string.Create(
            CultureInfo.InvariantCulture,
            $"steady stream: {count} small cards, median {median * 1000:0} ms, p99 {ninetyNinth:0.00} s, longest {longest:0.00} s"));
        if (!evidence.MayLose)
            return;
        var (jobs, events) = Checker.Losses(evidence);
        Say($"fail-over: {jobs} acknowledged jobs are gone of {evidence.Acknowledgements.DistinctBy(known => known.JobId).Count()}, and {events} events that followers saw");
    }

    private static void Say(string line) => Console.WriteLine(line);
}
