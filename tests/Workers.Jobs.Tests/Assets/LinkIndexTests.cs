using System.Text.Json.Nodes;
using Workers.Jobs.Assets;

namespace Workers.Jobs.Tests.Assets;

/// <summary>Who names which file.</summary>
public sealed class LinkIndexTests : IAsyncLifetime
{
    private static readonly LinkSubject Chair = new(LinkSubject.Asset, new string('a', 64));
    private static readonly LinkSubject Table = new(LinkSubject.Asset, new string('b', 64));
    private static readonly LinkSubject OnDisk = new(LinkSubject.File, "root:models/with space/chair.blend");
    private JobsFixture jobs = null!;
    private LinkIndex index = null!;
    private AssetRegistry registry = null!;

    public async Task InitializeAsync()
    {
        jobs = await JobsFixture.StartAsync();
        (index, registry) = (new LinkIndex(jobs.Gate, most: 3), new AssetRegistry(jobs.Gate));
        foreach (var subject in new[] { Chair, Table })
            await registry.RegisterAsync(new AssetRecord(subject.Id, 1, "application/x-blender", null), default);
    }

    public Task DisposeAsync() => jobs.DisposeAsync().AsTask();

    [Fact]
    public async Task An_output_tells_images_libraries_and_what_did_not_come_along()
    {
        var links = FileLink.Of(JsonNode.Parse("""
            {"images":[{"path":"textures/Wood.png","missing":false},{"path":null,"missing":false},{"path":"//x\\y.PNG"},7,{"path":""}],
             "libraries":[{"path":"/lib/base.blend","missing":true}], "missing":["/lib/base.blend","scene.bin",null,"a/"], "objects":[{"path":"no"}]}
            """));
        Assert.Equal(
            [("wood.png", "image", false), ("y.png", "image", false), ("base.blend", "library", true), ("scene.bin", "companion", true)],
            links.Select(link => (link.Name, link.Kind, link.Missing)));
        Assert.True(links[0].Is("wood.png") && links[0].Is("TEXTURES/wood.png") && links[1].Is("x/y.png"));
        Assert.False(links[0].Is("ood.png") || links[0].Is("other/wood.png"));
        Assert.Empty(FileLink.Of(null));
        Assert.Empty(FileLink.Of(JsonNode.Parse("""[{"images":[]}]""")));
        Assert.Empty(FileLink.Of(JsonNode.Parse("""{"images":"no","missing":{"a":1}}""")));
        Assert.Equal(FileLink.Most, FileLink.Of(new JsonObject { ["missing"] = new JsonArray([.. Enumerable.Range(0, 5000).Select(i => (JsonNode)$"f{i}")]) }).Count);
    }

    [Fact]
    public async Task A_file_is_found_by_what_it_names_until_it_is_inspected_anew_or_gone()
    {
        await index.IndexAsync("j1", Chair, [Link("textures/wood.png"), Link("lost.png", missing: true)], default);
        await index.IndexAsync("j2", OnDisk, [Link("wood.png", missing: true)], default);
        Assert.Equal([Chair.Id], await UsersAsync(LinkSubject.Asset, "Wood.png"));
        Assert.Equal([Chair.Id], await UsersAsync(LinkSubject.Asset, null));
        Assert.Equal([OnDisk.Id], await UsersAsync(LinkSubject.File, "wood.png"));
        Assert.Empty(await UsersAsync(LinkSubject.Asset, "other/wood.png"));

        await index.IndexAsync("j3", Chair, [Link("steel.png")], default);
        Assert.Empty(await UsersAsync(LinkSubject.Asset, "wood.png"));
        Assert.Empty(await UsersAsync(LinkSubject.Asset, null));
        Assert.Equal([Chair.Id], await UsersAsync(LinkSubject.Asset, "steel.png"));

        await registry.DeleteAsync(Chair.Id, default);
        await registry.UnmarkAsync(Chair.Id, default);
        await index.IndexAsync("j4", OnDisk, [], default);
        await index.IndexAsync("late", Chair, [Link("steel.png")], default); // The asset is gone: an inspection that comes late says nothing.
        Assert.Empty(await UsersAsync(LinkSubject.Asset, "steel.png"));
        Assert.Empty(jobs.Redis.Command("KEYS", "{workers}:l*").Concat(jobs.Redis.Command("KEYS", "{workers}:users*")));
    }

    [Fact]
    public async Task Those_inspected_longest_ago_make_room()
    {
        for (var number = 0; number < 5; number++)
        {
            await index.IndexAsync("j", new LinkSubject(LinkSubject.File, $"root:models/{number}.blend"), [Link("wood.png")], default);
            await Task.Delay(2); // Redis' clock, by which they are ordered, counts milliseconds.
        }

        Assert.Equal(["root:models/4.blend", "root:models/3.blend", "root:models/2.blend"], await UsersAsync(LinkSubject.File, "wood.png"));
        var (page, more) = await index.ListAsync(LinkSubject.File, "wood.png", 1, 2, default);
        Assert.True(more);
        Assert.Equal(["root:models/3.blend", "root:models/2.blend"], page.Select(file => file.Id));
    }

    [Fact]
    public async Task An_inspection_is_noted_with_its_success_and_no_other_job_is()
    {
        var (store, attempts) = (new JobStore(jobs.Gate), new AttemptStore(jobs.Gate));
        foreach (var (id, function) in new[] { ("a", "render"), ("b", "inspect"), ("c", "inspect") })
            await store.SubmitAsync(Workers.Jobs.Tests.Jobs.Some.Submission(id, s => s with { Function = function }), default);
        for (var claimed = 0; claimed < 3; claimed++)
        {
            var job = await attempts.ClaimAsync(Workers.Jobs.Tests.Jobs.Some.Claim, default);
            if (job!.Job.Id == "c")
                await attempts.FailAsync(job.Lease, new JobFailure(FailureKinds.EngineError, "no"), AttemptEnd.Final, TimeSpan.Zero, default);
            else
                await attempts.CompleteAsync(job.Lease, new JobResult(), default);
        }

        Assert.Equal(["b"], await index.PendingAsync(10, default));
        await index.SkipAsync("b", default);
        Assert.Empty(await index.PendingAsync(10, default));
    }

    private static FileLink Link(string path, bool missing = false) => new(FileLink.NameOf(path), "image", path, missing);

    private async Task<IEnumerable<string>> UsersAsync(string kind, string? name) =>
        (await index.ListAsync(kind, name, 0, 10, default)).Files.Select(file => file.Id);
}
