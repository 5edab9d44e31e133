using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Workers.Node.Protocol;

namespace Workers.Node.Tests.Protocol;

/// <summary>
/// The golden frames of tests/protocol, which the Python tests read as well: what the node says is written so, what a worker says is understood.
/// </summary>
public sealed class GoldenFrameTests
{
    public static TheoryData<string> Names =>
        [.. Directory.GetFiles(RepositoryPaths.Below("tests", "protocol"), "*.json").Select(path => Path.GetFileNameWithoutExtension(path)!).Order()];

    private static readonly Dictionary<string, JsonTypeInfo> Shapes = new()
    {
        ["hello.request"] = ProtocolJson.Default.Hello,
        ["hello.reply"] = ProtocolJson.Default.HelloReply,
        ["warmup.request"] = ProtocolJson.Default.Warmup,
        ["warmup.reply"] = ProtocolJson.Default.WarmupReply,
        ["call.request"] = ProtocolJson.Default.Call,
        ["call.reply"] = ProtocolJson.Default.CallReply,
        ["cancel.request"] = ProtocolJson.Default.Cancel,
        ["cancel.reply"] = ProtocolJson.Default.CancelReply,
        ["ping.request"] = ProtocolJson.Default.Ping,
        ["ping.reply"] = ProtocolJson.Default.Ping,
        ["progress.notification"] = ProtocolJson.Default.ProgressNotice,
        ["snapshot.notification"] = ProtocolJson.Default.SnapshotNotice,
        ["status.notification"] = ProtocolJson.Default.StatusNotice,
    };

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Every_frame_is_read_and_its_body_comes_out_again(string name)
    {
        var golden = JsonNode.Parse(await File.ReadAllTextAsync(RepositoryPaths.Below("tests", "protocol", name + ".json")))!;
        Assert.Equal(name, (string?)golden["name"]);
        var frame = await ReadAsync(golden["frame"]!);

        Assert.Equal((string?)golden["frame"]!["method"], frame.Method);
        if (frame.Error is { } error)
        {
            Assert.Equal((int?)golden["frame"]!["error"]!["code"], error.Code);
            Assert.Equal((string?)golden["frame"]!["error"]!["data"]?["kind"], error.Data?.Kind);
            Assert.Equal((bool?)golden["frame"]!["error"]!["data"]?["retryable"] ?? false, error.Data?.Retryable ?? false);
            Assert.Equal((string?)golden["frame"]!["error"]!["data"]?["pointer"], error.Data?.Pointer);
            return;
        }

        if (frame.Method == Methods.Shutdown)
            return; // It has no body.
        var shape = Shapes.Single(known => name.StartsWith(known.Key, StringComparison.Ordinal)).Value;
        var body = golden["frame"]![frame.Method is null ? "result" : "params"]!;
        var value = JsonSerializer.Deserialize((frame.Params ?? frame.Result)!.Value, shape);
        AssertHolds(body, JsonSerializer.SerializeToNode(value, shape)!, name);
    }

    [Fact]
    public async Task The_node_writes_requests_as_the_golden_frames()
    {
        foreach (var name in new[] { "call.request", "cancel.request", "warmup.request", "ping.request" })
        {
            var golden = JsonNode.Parse(await File.ReadAllTextAsync(RepositoryPaths.Below("tests", "protocol", name + ".json")))!["frame"]!;
            using var stream = new MemoryStream();
            using var writer = new FrameWriter(stream);
            var value = JsonSerializer.Deserialize(golden["params"]!, Shapes[name]);
            var (id, method) = ((long)golden["id"]!, (string)golden["method"]!);
            await (value switch
            {
                Call call => writer.RequestAsync(id, method, call, ProtocolJson.Default.Call, CancellationToken.None),
                Cancel cancel => writer.RequestAsync(id, method, cancel, ProtocolJson.Default.Cancel, CancellationToken.None),
                Warmup warmup => writer.RequestAsync(id, method, warmup, ProtocolJson.Default.Warmup, CancellationToken.None),
                _ => writer.RequestAsync(id, method, new Ping(), ProtocolJson.Default.Ping, CancellationToken.None),
            });
            Assert.True(JsonNode.DeepEquals(golden, JsonNode.Parse(stream.ToArray())), Encoding.UTF8.GetString(stream.ToArray()));
        }
    }

    [Fact]
    public void What_a_worker_leaves_out_is_its_default()
    {
        var reply = JsonSerializer.Deserialize("""{"output":1,"artifacts":[{"name":"a","path":"a"}]}""", ProtocolJson.Default.CallReply)!;
        Assert.Equal(("process", "application/octet-stream"), (reply.Warm, reply.Artifacts.Single().MediaType));
        Assert.Empty(reply.Warnings);
        Assert.Empty(JsonSerializer.Deserialize("{}", ProtocolJson.Default.CallReply)!.Artifacts);
        const string hello = """{"token":"t","protocol":{"min":1,"max":1},"engine":{"name":"e"},"functions":[{"name":"f","input":{}}]}""";
        var said = JsonSerializer.Deserialize(hello, ProtocolJson.Default.Hello)!;
        Assert.Equal((1, false), (said.Concurrency, said.Functions.Single().Async));
        Assert.Empty(said.Functions.Single().FileTypes);
    }

    private static async Task<Frame> ReadAsync(JsonNode frame)
    {
        await using var reader = new FrameReader(new MemoryStream(Encoding.UTF8.GetBytes(frame.ToJsonString() + "\n")));
        return (await reader.ReadAsync(CancellationToken.None))!;
    }

    /// <summary>Every field of the golden body is in ours, with the same value; nulls may be left out.</summary>
    private static void AssertHolds(JsonNode golden, JsonNode ours, string where)
    {
        switch (golden)
        {
            case JsonObject members:
                foreach (var (name, value) in members.Where(member => member.Value is not null))
                {
                    Assert.True(ours[name] is not null, $"{where}/{name} is lost");
                    AssertHolds(value!, ours[name]!, $"{where}/{name}");
                }

                break;
            case JsonArray entries:
                for (var index = 0; index < entries.Count; index++)
                    AssertHolds(entries[index]!, ours[index]!, $"{where}/{index}");
                break;
            default:
                Assert.True(JsonNode.DeepEquals(golden, ours), $"{where}: {golden} became {ours}");
                break;
        }
    }
}
