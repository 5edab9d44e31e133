using System.Text;
using System.Text.Json.Nodes;
using Workers.Jobs;
using Workers.Jobs.Assets;

namespace Workers.Node.Tests.Dispatch;

/// <summary>What inspections find is indexed, be it small enough for the job or a file of its own.</summary>
public sealed class LinkIndexerTests
{
    private const string Inspector = """
        import json
        from workers_kit import Asset, Engine, function, output

        ENGINE = Engine(name="inspector", version="1")

        @function(cacheable=True)
        def inspect(file: Asset, inline: bool):
            found = {"images": [{"path": "textures/wood.png", "missing": True}], "missing": ["scene.bin"]}
            if inline:
                return found
            output("output.json", "application/json").write_text(json.dumps(found))
        """;

    [Fact]
    public async Task An_inspection_is_indexed_under_its_file()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.Below("inspector.py"), Inspector);
        var engine = NodeHarness.Testcard with { Name = "inspector", Command = [NodeHarness.Python, "${kit}/workers_kit/launch.py", folder.Below("inspector.py")] };
        using var redis = TestRedis.Start(TestDurability.None);
        await using var node = await NodeServer.StartAsync(redis, engine);
        var blob = await node.Blobs.StoreAsync(new MemoryStream(Encoding.ASCII.GetBytes("file")), 100, default);
        await node.Get<AssetRegistry>().RegisterAsync(new AssetRecord(blob.Hex, blob.Size, "text/plain", "chair.txt"), default);
        await File.WriteAllTextAsync(Path.Combine(node.Settings.Roots["models"], "table.txt"), "file");

        foreach (var (file, inline) in new[] { ("sha256:" + blob.Hex, true), ("root:models/table.txt", false) })
        {
            var job = await node.EndAsync(await node.SubmitAsync("inspect", new JsonObject { ["file"] = file, ["inline"] = inline }));
            Assert.True(job.State == JobState.Succeeded, job.Failure?.Message);
        }

        var index = node.Get<LinkIndex>();
        await Eventually.HoldsAsync(async () => (await index.PendingAsync(1, default)).Count == 0, "every inspection is read");
        var asset = Assert.Single((await index.ListAsync(LinkSubject.Asset, "wood.png", 0, 10, default)).Files);
        Assert.Equal(blob.Hex, asset.Id);
        Assert.Equal(["textures/wood.png", "scene.bin"], asset.Links.Select(link => link.Path));
        var onDisk = Assert.Single((await index.ListAsync(LinkSubject.File, null, 0, 10, default)).Files);
        Assert.Equal("root:models/table.txt", onDisk.Id);
        await StoredAnswersAreIndexedAsync(node, blob.Hex);
    }

    // An asset that was deleted and stored anew is listed again once its inspection was asked for, although no engine looks at it a second time.
    private static async Task StoredAnswersAreIndexedAsync(NodeServer node, string hex)
    {
        var (registry, index) = (node.Get<AssetRegistry>(), node.Get<LinkIndex>());
        var build = Assert.Single((await node.ReportAsync()).Engines.Single().Builds);
        Task<SubmitOutcome> InspectAsync() => node.Jobs.SubmitAsync(
            new Submission
            {
                Id = Submission.NewId(), Client = "anonymous", BodyHash = "h", Cache = new CacheUse("k", "k", build, Looks: true),
                Specification = new JobSpecification
                {
                    Engine = node.Pool.Specification.Name, Function = "inspect", Input = new JsonObject { ["file"] = "sha256:" + hex, ["inline"] = true }, Assets = [hex],
                },
            },
            default);
        var made = await InspectAsync();
        Assert.Equal((SubmitCode.Created, ""), (made.Code, (await node.EndAsync(made.JobId)).Caching!.Unkept));
        await node.Jobs.DeleteAsync(made.JobId, default);
        await Eventually.HoldsAsync(async () => (await index.PendingAsync(1, default)).Count == 0, "every inspection is read");
        Assert.Equal(AssetDeletion.Marked, await registry.DeleteAsync(hex, default));
        await registry.UnmarkAsync(hex, default);
        await registry.RegisterAsync(new AssetRecord(hex, 4, "text/plain", "chair.txt"), default);
        Assert.Empty((await index.ListAsync(LinkSubject.Asset, "wood.png", 0, 10, default)).Files);
        Assert.Equal([SubmitCode.Hit, SubmitCode.Hit], [(await InspectAsync()).Code, (await InspectAsync()).Code]);
        await Eventually.HoldsAsync(
            async () => (await index.ListAsync(LinkSubject.Asset, "wood.png", 0, 10, default)).Files is [{ Id: var found }] && found == hex, "it is listed again");
        await InspectAsync();
        Assert.Empty(await index.PendingAsync(1, default)); // Noted once.
    }
}
