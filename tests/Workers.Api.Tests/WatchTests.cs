using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Workers.Api.Engines;
using Workers.Api.Tests.Support;
using Workers.Api.Watching;
using Workers.Jobs.Assets;
using Workers.Jobs.Configuration;
using Workers.Jobs.Watching;

namespace Workers.Api.Tests;

/// <summary>Watched folders, with real files, through the API.</summary>
public sealed class WatchTests(WatchApi api) : IClassFixture<WatchApi>
{
    [Fact]
    public async Task Files_get_their_calls_a_few_at_a_time_and_only_anew_when_they_change()
    {
        for (var number = 0; number < 5; number++)
        {
            Directory.CreateDirectory(api.Models.Below("sofas"));
            await File.WriteAllTextAsync(api.Models.Below("sofas", $"{number}.blend"), "BLENDER" + number);
        }

        // Six files (one was there before), two calls each; links, dotted names and other kinds are nobody's.
        var seen = new HashSet<string>();
        for (var call = 0; call < 12; call++)
        {
            var claimed = await api.Node.ClaimAsync("blender");
            var living = await JobsAsync("queued") + await JobsAsync("running");
            Assert.InRange(living, 1, WatchApi.AtOnce);
            Assert.Equal((5, WatchCaller.Client), (claimed.Job.Specification.Priority, claimed.Job.Client));
            seen.Add($"{claimed.Job.Specification.Function} {claimed.Job.Specification.Input["file"]}");
            await EndAsync(claimed);
        }

        Assert.Equal(12, seen.Count);
        var files = await ListAsync("?folder=sofas", "all are done", list => list.Count == 5 && list.All(IsDone));
        Assert.Equal("root:models/sofas/0.blend", (string?)files[0]!["file"]);
        var picture = (string?)files[0]!["calls"]!["preview"]!["url"];
        Assert.Equal(NodeActor.Picture, await api.Client.GetByteArrayAsync(picture));
        Assert.Null((string?)files[0]!["calls"]!["inspect"]!["asset"]);

        // Another process takes over: nothing is asked again, for what is written down is as it was; only what changes is.
        await using (await OtherAsync())
        {
            await File.WriteAllTextAsync(api.Models.Below("sofas", "3.blend"), "BLENDER, changed");
            for (var call = 0; call < 2; call++)
            {
                var claimed = await api.Node.ClaimAsync("blender");
                Assert.Equal("root:models/sofas/3.blend", (string?)claimed.Job.Specification.Input["file"]);
                await EndAsync(claimed);
            }

            await ListAsync("?folder=sofas", "it is done", list => list.All(IsDone));
        }

        File.Delete(api.Models.Below("sofas", "3.blend"));
        await ListAsync("?folder=sofas", "it is forgotten", list => list.Count == 4);
        Assert.Equal(0, await JobsAsync("queued"));

        var first = await (await api.Client.GetAsync("/v1/files?root=models&pageSize=2")).JsonAsync();
        var second = await (await api.Client.GetAsync($"/v1/files?pageSize=10&pageToken={first["nextPageToken"]}")).JsonAsync();
        Assert.Equal(
            ["chair.blend", "sofas/0.blend", "sofas/1.blend", "sofas/2.blend", "sofas/4.blend"],
            first["files"]!.AsArray().Concat(second["files"]!.AsArray()).Select(file => ((string)file!["file"]!)["root:models/".Length..]));
        await LinksAsync();
        await FailureAsync();
    }

    [Theory]
    [InlineData("?root=other")]
    [InlineData("?pageSize=0")]
    [InlineData("?pageToken=x")]
    [InlineData("?missing=false")]
    public async Task A_list_that_cannot_be_made_is_400(string query)
    {
        using var answer = await api.Client.GetAsync("/v1/files" + query);
        await answer.ProblemAsync(400, "malformed_request");
    }

    private async Task LinksAsync()
    {
        var links = api.Host.Services.GetRequiredService<LinkIndex>();
        foreach (var file in new[] { "root:models/sofas/1.blend", "root:models/unwatched.blend", "root:other/a.blend" })
            await links.IndexAsync("j", new LinkSubject(LinkSubject.File, file), [new FileLink("oak.png", "image", "tex/oak.png", Missing: true)], default);
        var using_ = await (await api.Client.GetAsync("/v1/files?uses=oak.png&missing=true")).JsonAsync();
        var found = Assert.Single(using_["files"]!.AsArray())!;
        Assert.Equal(("root:models/sofas/1.blend", "tex/oak.png"), ((string?)found["file"], (string?)found["links"]![0]!["path"]));
        File.Delete(api.Models.Below("sofas", "1.blend"));
        await ListAsync("?uses=oak.png", "its links go with it", list => list.Count == 0);
    }

    private async Task FailureAsync()
    {
        await File.WriteAllTextAsync(api.Models.Below("broken.blend"), "no blend");
        for (var call = 0; call < 2; call++)
            await api.Node.FailAsync(await api.Node.ClaimAsync("blender"), new JobFailure(FailureKinds.InvalidInput, "it is broken"));
        var failed = await ListAsync("?state=failed", "its failure is told", list => list.Count == 1 && list.All(IsDone));
        Assert.Equal("it is broken", (string?)failed[0]!["calls"]!["preview"]!["message"]);
        Assert.Equal(0, await JobsAsync("queued"));
    }

    private async Task EndAsync(ClaimedJob claimed) => await api.Node.CompleteAsync(
        claimed, JsonNode.Parse("{}"), picture: claimed.Job.Specification.Function == "preview");

    private static bool IsDone(JsonNode? file) => file!["calls"]!.AsObject().Count == 2
        && file["calls"]!.AsObject().All(call => (string?)call.Value!["state"] != "queued");

    private async Task<JsonArray> ListAsync(string query, string what, Func<JsonArray, bool> holds) => await Eventually.GivesAsync(
        async () =>
        {
            var list = (await (await api.Client.GetAsync("/v1/files" + query)).JsonAsync())["files"]!.AsArray();
            return holds(list) ? list : null;
        },
        what);

    private async Task<int> JobsAsync(string state) =>
        (await (await api.Client.GetAsync($"/v1/jobs?state={state}&tag=watch")).JsonAsync())["jobs"]!.AsArray().Count;

    // The first lets go, so that the second watches; when that is gone, the first takes over again.
    private async Task<ApiHost> OtherAsync()
    {
        var host = await ApiHost.StartAsync(api.Redis.ConnectionString, settings => WatchApi.Watching(settings, api.Models.FullPath));
        await host.Services.GetRequiredService<EngineCatalog>().RefreshAsync(CancellationToken.None);
        api.Redis.Command("DEL", "{workers}:watcher");
        return host;
    }
}

/// <summary>What one process knows of a root.</summary>
public sealed class WatchedRootTests
{
    private static readonly WatchSettings Watch = new("models", "**/*", ["preview"], 5, 16, 10);
    private static readonly DateTimeOffset Monday = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_file_counts_once_two_looks_found_it_the_same()
    {
        var root = new WatchedRoot("models", [Watch]);
        root.See(Look(("a", 1)));
        Assert.Empty(root.Wanted());
        root.See(Look(("a", 2)));
        Assert.Empty(root.Wanted());
        root.See(Look(("a", 2)));
        Assert.Equal("a", Assert.Single(root.Wanted()).Path);
        root.Note("a", "preview", new WatchedCall("succeeded", "j", "sha256:x"));
        root.See(Look(("a", 2)));
        Assert.Empty(root.Wanted());
        root.See(Look(("a", 3))); // Being written anew: the old state stays until it has settled.
        Assert.Single(root.Made);
        root.See(Look(("a", 3)));
        Assert.Single(root.Wanted());
        Assert.Empty(root.Made);
        root.See(Look());
        Assert.Empty(root.Wanted());
        Assert.Null(Assert.Single(root.TakeChanges()).Value);
    }

    [Fact]
    public void Changes_that_could_not_be_written_are_told_again_unless_they_are_old()
    {
        var root = new WatchedRoot("models", [Watch]);
        root.See(Look(("a", 1), ("b", 1)));
        root.See(Look(("a", 1), ("b", 1)));
        var taken = root.TakeChanges();
        root.Note("a", "preview", new WatchedCall("queued", "j"));
        root.GiveBack(taken);
        var again = root.TakeChanges().ToDictionary();
        Assert.Equal((1, 0), (again["a"]!.Calls.Count, again["b"]!.Calls.Count));
    }

    [Fact]
    public void Ten_thousand_files_are_seen_and_nothing_is_asked_twice()
    {
        var root = new WatchedRoot("models", [Watch, Watch with { Functions = ["preview", "inspect"] }]);
        var look = Look([.. Enumerable.Range(0, 10_000).Select(number => ($"{number}.blend", 1L))]);
        foreach (var (path, entry) in look.ToList())
            look[path] = (entry.Stamp, [.. root.Watches]);
        root.See(look);
        root.See(look);
        Assert.Equal(20_000, root.Wanted().Count());
        foreach (var call in root.Wanted().ToList())
            root.Note(call.Path, call.Function, new WatchedCall("succeeded", "j"));
        root.See(look);
        Assert.Empty(root.Wanted());
        Assert.Equal(10_000, root.TakeChanges().Count);
    }

    private static Dictionary<string, (FileStamp Stamp, List<WatchSettings> Watches)> Look(params (string Path, long Size)[] files) =>
        files.ToDictionary(file => file.Path, file => (new FileStamp(file.Size, Monday), new List<WatchSettings> { Watch }));
}
