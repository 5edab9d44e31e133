using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Workers.Blobs;
using Workers.Jobs;
using Workers.Jobs.Assets;
using Workers.Jobs.Redis;
using Workers.Node.Dispatch;
using Workers.Node.Maintenance;
using Workers.Node.Protocol;

namespace Workers.Node.Tests.Dispatch;

/// <summary>Outputs as a hostile worker would name and make them.</summary>
public sealed class OutputCollectorTests
{
    [Fact]
    public async Task Regular_files_in_the_folder_and_its_folders_are_stored_in_order()
    {
        using var temp = Call();
        var reply = new CallReply
        {
            Artifacts = [Artifact("main.png", "a.png"), Artifact("frames/0001.png", "frames/0001.png")],
            Output = new JsonObject { ["n"] = 1 },
            Warnings = [.. Enumerable.Range(0, 200).Select(number => new CallWarning("w", new string('x', 10_000)))],
        };
        await using var outputs = new Collector(temp);
        var (result, carried) = await outputs.CollectAsync(reply, "cold", temp.Below("call"), 6);
        Assert.Equal(["main.png", "frames/0001.png"], result.Artifacts.Select(artifact => artifact.Name));
        Assert.Equal(["one", "two"], carried.Select(one => Encoding.UTF8.GetString(one.Bytes)));
        Assert.Equal(result.Artifacts.Select(artifact => AssetId.Hex(artifact.Asset)), carried.Select(one => one.Hex));
        Assert.Equal("cold", result.Warm);
        Assert.Equal(1, (int?)result.Output!["n"]);
        Assert.Equal(100, result.Warnings.Count);
        Assert.All(result.Warnings, warning => Assert.True(warning.Detail.Length < 2_100));
    }

    [Fact]
    public async Task What_is_too_much_to_go_with_the_jobs_end_goes_to_the_blob_store_first()
    {
        using var temp = Call();
        await using var outputs = new Collector(temp);
        var bytes = new byte[ArrivingBytes.MostOfOneJob - 2];
        await File.WriteAllBytesAsync(temp.Below("call", "large.png"), bytes);
        var reply = new CallReply { Artifacts = [Artifact("a", "a.png"), Artifact("large", "large.png"), Artifact("b", "frames/0001.png")] };
        var (result, carried) = await outputs.CollectAsync(reply, "cold", temp.Below("call"), 1_000_000);
        Assert.Equal(["one", "two"], carried.Select(one => Encoding.UTF8.GetString(one.Bytes)));
        Assert.Equal(bytes, await File.ReadAllBytesAsync((await outputs.Store.PathAsync(AssetId.Hex(result.Artifacts[1].Asset), default))!));
    }

    [Fact]
    public async Task Where_the_blob_store_is_slower_than_the_jobs_everything_goes_there_first()
    {
        using var temp = Call();
        await using var outputs = new Collector(temp);
        while (outputs.Carrier.HasRoom)
            outputs.Carrier.Carry([new CarriedBytes(new string('a', 64), [])]);
        var reply = new CallReply { Artifacts = [Artifact("a", "a.png")] };
        var (result, carried) = await outputs.CollectAsync(reply, "cold", temp.Below("call"), 6);
        Assert.Empty(carried);
        Assert.True(await outputs.Store.ExistsAsync(AssetId.Hex(result.Artifacts[0].Asset), default));
    }

    [Theory]
    [InlineData("text/html\r\nX-Evil: 1", 1)]
    [InlineData("täxt/plain", 1)]
    [InlineData("nonsense", 1)]
    [InlineData("", 1)]
    [InlineData("image/png", 0)]
    [InlineData("image/png", -5)]
    public async Task What_could_not_be_answered_as_a_header_or_shown_is_rejected(string mediaType, int width)
    {
        using var temp = Call();
        await using var outputs = new Collector(temp);
        var reply = new CallReply { Artifacts = [Artifact("x", "a.png") with { MediaType = mediaType, Width = width, Height = 1 }] };
        await Assert.ThrowsAsync<OutputRejectedException>(() => outputs.CollectAsync(reply, "process", temp.Below("call"), 1_000));
        Assert.Equal(
            mediaType == "image/png",
            await OutputCollector.ReadSnapshotAsync(new SnapshotNotice(1, "a.png", mediaType, 1, 1), temp.Below("call"), default) is not null);
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
        await using var outputs = new Collector(temp);
        var reply = new CallReply { Artifacts = [Artifact("x", path)] };
        await Assert.ThrowsAsync<OutputRejectedException>(() => outputs.CollectAsync(reply, "process", temp.Below("call"), 1_000));
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
        await using var outputs = new Collector(temp);
        foreach (var reply in replies)
            await Assert.ThrowsAsync<OutputRejectedException>(() => outputs.CollectAsync(reply, "process", folder, 5));
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

    /// <summary>A collector over a folder; what it hands to Redis goes nowhere here.</summary>
    private sealed class Collector : IAsyncDisposable
    {
        private readonly RedisGate gate = new(new RedisGateOptions { ConnectionString = "127.0.0.1:1" }, NullLogger<RedisGate>.Instance);
        private readonly OutputCollector outputs;

        public Collector(TempFolder temp)
        {
            var cache = new BlobCache();
            Store = new FolderBlobStore(temp.Below("blobs"), durable: false, cache);
            var arriving = new ArrivingBytes(gate);
            var blobs = new ArrivingBlobs(Store, arriving, cache);
            Carrier = new BlobCarrier(blobs, arriving, NullLogger<BlobCarrier>.Instance);
            outputs = new OutputCollector(blobs, Carrier, new AssetRegistry(gate), NullLogger<OutputCollector>.Instance);
        }

        public FolderBlobStore Store { get; }

        public BlobCarrier Carrier { get; }

        public Task<CollectedOutputs> CollectAsync(CallReply reply, string warm, string folder, long quota) =>
            outputs.CollectAsync(reply, warm, folder, quota, CancellationToken.None);

        public async ValueTask DisposeAsync()
        {
            Carrier.Dispose();
            await gate.DisposeAsync();
        }
    }

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
