using System.Net.Sockets;
using System.Text.Json.Nodes;
using Workers.Blobs;
using Workers.Jobs;
using Workers.Node.Protocol;
using Workers.Node.Workers;

namespace Workers.Node.Tests.Workers;

/// <summary>Outputs as a hostile worker would name and make them.</summary>
public sealed class OutputCollectorTests
{
    [Fact]
    public async Task Regular_files_in_the_folder_and_its_folders_are_stored_in_order()
    {
        using var temp = Call();
        var blobs = Blobs(temp);
        var reply = new CallReply
        {
            Artifacts = [Artifact("main.png", "a.png"), Artifact("frames/0001.png", "frames/0001.png")],
            Output = new JsonObject { ["n"] = 1 },
            Warnings = [.. Enumerable.Range(0, 200).Select(number => new CallWarning("w", new string('x', 10_000)))],
        };
        var result = await new OutputCollector(blobs).CollectAsync(reply, "cold", temp.Below("call"), 6, CancellationToken.None);
        Assert.Equal(["main.png", "frames/0001.png"], result.Artifacts.Select(artifact => artifact.Name));
        Assert.Equal("one", await ReadAsync(result.Artifacts[0].Asset));
        Assert.Equal("two", await ReadAsync(result.Artifacts[1].Asset));
        Assert.Equal("cold", result.Warm);
        Assert.Equal(1, (int?)result.Output!["n"]);
        Assert.Equal(100, result.Warnings.Count);
        Assert.All(result.Warnings, warning => Assert.True(warning.Detail.Length < 2_100));

        async Task<string> ReadAsync(string asset) =>
            await File.ReadAllTextAsync((await blobs.PathAsync(AssetId.Hex(asset), CancellationToken.None))!);
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("/etc/passwd")]
    [InlineData("../outside")]
    [InlineData("frames/../a.png")]
    [InlineData("./a.png")]
    [InlineData("frames//0001.png")]
    [InlineData("a.png\0")]
    [InlineData("frames")]
    [InlineData("link")]
    [InlineData("hard/../link")]
    [InlineData("linked/secret")]
    [InlineData("inner-link")]
    [InlineData("a.png/x")]
    [InlineData("socket")]
    public async Task Anything_else_is_rejected(string path)
    {
        using var temp = Call();
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(temp.Below("call", "socket")));
        var blobs = Blobs(temp);
        var reply = new CallReply { Artifacts = [Artifact("x", path)] };
        await Assert.ThrowsAsync<OutputRejectedException>(() =>
            new OutputCollector(blobs).CollectAsync(reply, "process", temp.Below("call"), 1_000, CancellationToken.None));
        Assert.Empty(Directory.EnumerateFiles(temp.Below("blobs"), "*", SearchOption.AllDirectories));
        var notice = new SnapshotNotice(1, path, "image/png", 1, 1);
        Assert.Null(await OutputCollector.ReadSnapshotAsync(notice, temp.Below("call"), CancellationToken.None));
    }

    [Fact]
    public async Task The_quota_counts_all_outputs_and_names_are_plain_and_unique()
    {
        using var temp = Call();
        var folder = temp.Below("call");
        CallReply[] replies =
        [
            new() { Artifacts = [Artifact("a", "a.png"), Artifact("b", "frames/0001.png")] },
            new() { Artifacts = [Artifact("a", "a.png"), Artifact("a", "frames/0001.png")] },
            new() { Artifacts = [Artifact("../a", "a.png")] },
            new() { Artifacts = [Artifact("a\nb", "a.png")] },
            new() { Artifacts = [Artifact("", "a.png")] },
            new() { Artifacts = [Artifact(new string('a', 201), "a.png")] },
            new() { Artifacts = [.. Enumerable.Range(0, 1_001).Select(number => Artifact($"{number}", "empty"))] },
        ];
        foreach (var reply in replies)
        {
            await Assert.ThrowsAsync<OutputRejectedException>(() =>
                new OutputCollector(Blobs(temp)).CollectAsync(reply, "process", folder, 5, CancellationToken.None));
        }
    }

    [Fact]
    public async Task A_snapshot_is_read_up_to_its_limit()
    {
        using var temp = Call();
        foreach (var (size, good) in new[] { (0, false), (1, true), (256 * 1024, true), (256 * 1024 + 1, false) })
        {
            await File.WriteAllBytesAsync(temp.Below("call", "s.png"), new byte[size]);
            var notice = new SnapshotNotice(1, "s.png", "image/png", 8, 8);
            var snapshot = await OutputCollector.ReadSnapshotAsync(notice, temp.Below("call"), CancellationToken.None);
            Assert.Equal(good ? size : null, snapshot?.Bytes.Length);
        }
    }

    private static FolderBlobStore Blobs(TempFolder temp) => new(temp.Below("blobs"), durable: false, new BlobCache());

    private static CallArtifact Artifact(string name, string path) => new() { Name = name, Path = path, MediaType = "image/png" };

    private static TempFolder Call()
    {
        var temp = new TempFolder();
        Directory.CreateDirectory(temp.Below("call", "frames"));
        Directory.CreateDirectory(temp.Below("elsewhere"));
        File.WriteAllText(temp.Below("outside"), "no");
        File.WriteAllText(temp.Below("elsewhere", "secret"), "no");
        File.WriteAllText(temp.Below("call", "a.png"), "one");
        File.WriteAllText(temp.Below("call", "empty"), "");
        File.WriteAllText(temp.Below("call", "frames", "0001.png"), "two");
        File.CreateSymbolicLink(temp.Below("call", "link"), temp.Below("outside"));
        File.CreateSymbolicLink(temp.Below("call", "inner-link"), "a.png");
        Directory.CreateSymbolicLink(temp.Below("call", "linked"), temp.Below("elsewhere"));
        return temp;
    }
}
