using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Workers.Blobs;
using Workers.Jobs;
using Workers.Jobs.Assets;
using Workers.Jobs.Redis;
using Workers.Node.Dispatch;
using Workers.Node.Protocol;

namespace Workers.Node.Tests.Dispatch;

public sealed class AssetTests
{
    private static readonly JsonElement Schema = JsonDocument.Parse("""
        {"type":"object",
         "properties":{
           "file":{"type":["string","null"],"format":"asset"},
           "text":{"type":"string"},
           "images":{"type":"object","additionalProperties":{"type":"string","format":"asset"}},
           "list":{"type":"array","items":{"anyOf":[{"type":"string","format":"asset"},{"type":"null"}]}},
           "deep":{"$ref":"#/definitions/node"}},
         "definitions":{"node":{"type":"object","properties":{"a/b":{"type":"string","format":"asset"},"next":{"$ref":"#/definitions/node"}}},
                        "self":{"$ref":"#/definitions/self"}}}
        """).RootElement;

    [Fact]
    public void Assets_are_found_wherever_the_schema_says()
    {
        var input = JsonNode.Parse("""
            {"file":"sha256:1","text":"sha256:not","images":{"A":"sha256:2","B":null},"list":["sha256:3",null,"root:m/x"],
             "deep":{"a/b":"sha256:4","next":{"next":{"a/b":"sha256:5"}}},"unknown":"sha256:no"}
            """)!.AsObject();
        Assert.Equal(
            [
                ("/deep/a~1b", "sha256:4"), ("/deep/next/next/a~1b", "sha256:5"), ("/file", "sha256:1"),
                ("/images/A", "sha256:2"), ("/list/0", "sha256:3"), ("/list/2", "root:m/x"),
            ],
            AssetReferences.Find(Schema, input).Select(reference => (reference.Pointer, reference.Text)).Order());

        // A schema that refers to itself ends.
        Assert.Empty(AssetReferences.Find(
            JsonDocument.Parse("""{"$ref":"#/definitions/self","definitions":{"self":{"$ref":"#/definitions/self"}}}""").RootElement, input));
    }

    [Fact]
    public async Task Files_under_a_root_are_resolved_and_nothing_outside()
    {
        using var temp = new TempFolder();
        Directory.CreateDirectory(temp.Below("models", "chairs"));
        await File.WriteAllTextAsync(temp.Below("models", "chairs", "a.blend"), "one");
        await File.WriteAllTextAsync(temp.Below("secret"), "no");
        File.CreateSymbolicLink(temp.Below("models", "inside"), temp.Below("models", "chairs", "a.blend"));
        File.CreateSymbolicLink(temp.Below("models", "outside"), temp.Below("secret"));
        Directory.CreateSymbolicLink(temp.Below("models", "up"), temp.FullPath);
        Directory.CreateSymbolicLink(temp.Below("root-link"), temp.Below("models"));
        await using var gate = new RedisGate(new RedisGateOptions { ConnectionString = "127.0.0.1:1" }, NullLogger<RedisGate>.Instance); // Not asked.
        var roots = new Dictionary<string, string> { ["m"] = temp.Below("models"), ["l"] = temp.Below("root-link") };
        var resolver = new AssetResolver(new FolderBlobStore(temp.Below("blobs"), durable: false, new BlobCache()), new AssetRegistry(gate), roots);

        var real = (await Resolve("root:m/chairs/a.blend")).Path;
        Assert.Equal("one", await File.ReadAllTextAsync(real));
        Assert.Equal(real, (await Resolve("root:m/inside")).Path);
        Assert.Equal(real, (await Resolve("root:l/chairs/a.blend")).Path);

        var before = (await Resolve("root:m/chairs/a.blend")).Id;
        Assert.Equal(before, (await Resolve("root:m/chairs/a.blend")).Id);
        await File.WriteAllTextAsync(real, "another");
        Assert.NotEqual(before, (await Resolve("root:m/chairs/a.blend")).Id);

        foreach (var hostile in new[]
        {
            "root:m/../secret", "root:m/outside", "root:m/up/secret", "root:m/chairs", "root:m/", "root:m", "root:/x", "root:x/a",
            "root:m//chairs/a.blend",
            "root:m/chairs/../../secret", "root:m//etc/passwd", "root:m/./chairs/a.blend", "root:m/a\0b", "/etc/passwd", "file:///etc/passwd", "",
            "sha256:4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a", "sha256:../../etc/passwd",
        })
        {
            var error = await Assert.ThrowsAsync<InputException>(() => Resolve(hostile));
            Assert.Equal((FailureKinds.InvalidInput, "/file"), (error.Failure.Kind, error.Failure.Pointer));
        }

        async Task<CallAsset> Resolve(string text) =>
            (await resolver.ResolveAsync(Schema, new JsonObject { ["file"] = text }, CancellationToken.None))[text];
    }
}
