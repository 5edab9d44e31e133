using Workers.Chaos.Check;

namespace Workers.Server.Tests;

/// <summary>The judge of the chaos runs is worth nothing unless it sees every kind of violation.</summary>
public sealed class ChaosCheckerTests
{
    private static readonly string Picture = new('a', 64);

    private static Evidence Sound => new()
    {
        Acknowledgements = [new("k1", "j1"), new("k1", "j1"), new("k2", "j2")],
        Jobs = new Dictionary<string, StoredJob>
        {
            ["j1"] = new("succeeded", "k1", [Picture], [("queued", 0), ("started", 1), ("retrying", 1), ("started", 2), ("artifact", 2), ("succeeded", 2)]),
            ["j2"] = new("canceled", "k2", [], [("queued", 0), ("canceled", 0)]),
        },
        Events =
        [
            new("1-0", "j1", "queued", 0), new("2-0", "j1", "started", 1), new("3-0", "j2", "queued", 0), new("4-0", "j1", "retrying", 1),
            new("5-0", "j1", "started", 2), new("6-0", "j2", "canceled", 0), new("7-0", "j1", "artifact", 2), new("7-1", "j1", "succeeded", 2),
        ],
        Followers = [["1-0", "2-0", "3-0", "4-0", "5-0", "6-0", "7-0", "7-1"], ["4-0", "5-0", "6-0", "7-0", "7-1"]],
        Bytes = new Dictionary<string, string?> { [Picture] = Picture },
        Orphans = [],
        LeftFolders = [],
    };

    [Fact]
    public void Sound_evidence_is_not_complained_about() => Assert.Empty(Checker.Judge(Sound));

    [Theory]
    [MemberData(nameof(Planted))]
    public void A_planted_violation_is_seen(string kind, Func<Evidence, Evidence> plant) =>
        Assert.Contains(Checker.Judge(plant(Sound)), violation => violation.StartsWith(kind, StringComparison.Ordinal));

    public static TheoryData<string, Func<Evidence, Evidence>> Planted() => new()
    {
        { "lost", evidence => evidence with { Acknowledgements = [.. evidence.Acknowledgements, new("k3", "j3")] } },
        { "lost", evidence => With(evidence, "j2", job => job with { State = "running", Events = job.Events.Take(1).ToList() }) },
        { "doubled", evidence => evidence with { Acknowledgements = [.. evidence.Acknowledgements, new("k1", "j2")] } },
        { "doubled", evidence => With(evidence, "j2", job => job with { Key = "k1" }) },
        { "ends", evidence => With(evidence, "j1", job => job with { Events = [.. job.Events, ("succeeded", 2)] }) },
        { "ends", evidence => With(evidence, "j2", job => job with { State = "failed" }) },
        { "ends", evidence => With(evidence, "j2", job => job with { Events = [.. job.Events, ("queued", 0)] }) },
        { "completed twice", evidence => With(evidence, "j1", job => job with { Events = [("artifact", 1), .. job.Events] }) },
        { "attempts", evidence => With(evidence, "j1", job => job with { Events = [.. job.Events.Where(entry => entry != ("started", 1))] }) },
        { "streams", evidence => evidence with { Events = [.. evidence.Events.Where(entry => entry.Id != "3-0")] } },
        { "feed", evidence => evidence with { Followers = [evidence.Followers[0].Where(id => id != "5-0").ToList()] } },
        { "feed", evidence => evidence with { Followers = [[.. evidence.Followers[0], "7-1"]] } },
        { "feed", evidence => evidence with { Followers = [[.. evidence.Followers[0].Reverse()]] } },
        { "feed", evidence => evidence with { Followers = [[]] } },
        { "bytes", evidence => evidence with { Bytes = new Dictionary<string, string?> { [Picture] = new('b', 64) } } },
        { "bytes", evidence => evidence with { Bytes = new Dictionary<string, string?>() } },
        { "bytes", evidence => With(evidence, "j1", job => job with { Artifacts = [] }) },
        { "orphan", evidence => evidence with { Orphans = ["4242 python3"] } },
        { "left folder", evidence => evidence with { LeftFolders = ["calls/x"] } },
    };

    // The stream of all jobs has let go of its first three events.
    private static Evidence Trimmed => Sound with { Events = [.. Sound.Events.Skip(3)], Trimmed = 3 };

    [Fact]
    public void What_a_bounded_stream_let_go_of_is_not_complained_about() => Assert.Empty(Checker.Judge(Trimmed));

    [Theory]
    [MemberData(nameof(PlantedInTrimmed))]
    public void A_planted_violation_is_seen_beside_what_was_let_go_of(string kind, Func<Evidence, Evidence> plant) =>
        Assert.Contains(Checker.Judge(plant(Trimmed)), violation => violation.StartsWith(kind, StringComparison.Ordinal));

    public static TheoryData<string, Func<Evidence, Evidence>> PlantedInTrimmed() => new()
    {
        { "streams", evidence => evidence with { Events = [.. evidence.Events.Where(entry => entry.Id != "5-0")] } },
        { "streams", evidence => evidence with { Events = [.. evidence.Events.Skip(1)] } },
        { "streams", evidence => evidence with { Trimmed = 4 } },
        { "feed", evidence => evidence with { Followers = [evidence.Followers[0].Where(id => id != "5-0").ToList(), evidence.Followers[1]] } },
        { "feed", evidence => evidence with { Followers = [evidence.Followers[0], ["2-0", "4-0", "5-0", "6-0", "7-0", "7-1"]] } },
        { "feed", evidence => evidence with { Followers = [[]] } },
    };

    [Fact]
    public void What_went_with_a_primary_is_counted_and_not_complained_about()
    {
        var evidence = Sound with
        {
            MayLose = true,
            Acknowledgements = [.. Sound.Acknowledgements, new("k3", "j3"), new("k1", "j4")],
            Followers = [["1-0", "2-0", "2-5", "3-0", "4-0", "5-0", "6-0", "7-0", "7-1"]],
        };
        Assert.Empty(Checker.Judge(evidence));
        Assert.Equal((2, 1), Checker.Losses(evidence));
    }

    [Theory]
    [InlineData("1-0 2-0 4-0 5-0 6-0 7-0 7-1")]
    [InlineData("1-0 2-0 2-5 2-5 3-0 4-0 5-0 6-0 7-0 7-1")]
    [InlineData("1-0 2-0 3-0 2-5 4-0 5-0 6-0 7-0 7-1")]
    [InlineData("1-0 2-0 3-0 4-0 5-0 6-0 7-0")]
    [InlineData("2-5")]
    public void A_fail_over_excuses_no_gap_in_what_is_stored_and_no_disorder(string seen) =>
        Assert.Contains(
            Checker.Judge(Sound with { MayLose = true, Followers = [seen.Split(' ')] }),
            violation => violation.StartsWith("feed", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Planted))]
    public void A_fail_over_excuses_only_what_it_may(string kind, Func<Evidence, Evidence> plant)
    {
        var violations = Checker.Judge(plant(Sound) with { MayLose = true });
        if (!(kind == "lost" && plant(Sound).Acknowledgements.Any(known => known.JobId == "j3")))
            Assert.Contains(violations, violation => violation.StartsWith(kind, StringComparison.Ordinal));
    }

    private static Evidence With(Evidence evidence, string id, Func<StoredJob, StoredJob> change) =>
        evidence with { Jobs = evidence.Jobs.ToDictionary(job => job.Key, job => job.Key == id ? change(job.Value) : job.Value) };
}
