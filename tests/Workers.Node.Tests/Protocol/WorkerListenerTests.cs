using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Workers.Node.Protocol;

namespace Workers.Node.Tests.Protocol;

public sealed class WorkerListenerTests
{
    [Fact]
    public async Task A_token_is_good_for_one_hello()
    {
        using var temp = new TempFolder();
        await using var listener = WorkerListener.Start(temp.Below("s"), NullLogger<WorkerListener>.Instance);
        using var expected = listener.Expect("w-1");
        using var other = listener.Expect("w-2");

        using var first = await Peer.ConnectAsync(listener.Address);
        await first.SendAsync(Hello(expected.Token));
        var reply = await first.ReceiveAsync();
        Assert.Equal("w-1", (string?)reply!["result"]!["worker"]);
        Assert.Equal((1, 1048576), ((int)reply["result"]!["protocol"]!, (int)reply["result"]!["frameBytes"]!));
        var (hello, connection) = await expected.Arrived.WithinLimitAsync();
        Assert.Equal("testcard", hello.Engine.Name);

        using var second = await Peer.ConnectAsync(listener.Address);
        await second.SendAsync(Hello(expected.Token));
        Assert.Equal(-32002, (int)(await second.ReceiveAsync())!["error"]!["code"]!);
        Assert.Null(await second.ReceiveAsync());
        Assert.False(other.Arrived.IsCompleted);
        await connection.DisposeAsync();
    }

    [Fact]
    public async Task Who_cannot_say_a_valid_hello_is_closed()
    {
        using var temp = new TempFolder();
        await using var listener = WorkerListener.Start(temp.Below("s"), NullLogger<WorkerListener>.Instance);
        using var expected = listener.Expect("w-1");
        (string Line, int? Code)[] cases =
        [
            ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"call\",\"params\":{}}", -32600),
            (Hello("0123456789abcdef0123456789abcdef"), -32002),
            (Hello(""), -32002),
            ("garbage", null),
            ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"hello\",\"params\":{\"token\":null}}", null),
            (Hello(expected.Token).Replace("{\"type\":\"object\"}", "7", StringComparison.Ordinal), null),
            (new string('x', 1 << 20), null),
        ];
        foreach (var (line, code) in cases)
        {
            using var peer = await Peer.ConnectAsync(listener.Address);
            await peer.SendAsync(line);
            if (code is not null)
                Assert.Equal(code, (int)(await peer.ReceiveAsync())!["error"]!["code"]!);
            Assert.Null(await peer.ReceiveAsync());
        }

        Assert.False(expected.Arrived.IsCompleted);
    }

    [Fact]
    public async Task No_common_version_fails_the_start_with_both_ranges()
    {
        using var temp = new TempFolder();
        await using var listener = WorkerListener.Start(temp.Below("s"), NullLogger<WorkerListener>.Instance);
        using var expected = listener.Expect("w-1");
        using var peer = await Peer.ConnectAsync(listener.Address);
        await peer.SendAsync(Hello(expected.Token, min: 2, max: 3));
        Assert.Equal(-32001, (int)(await peer.ReceiveAsync())!["error"]!["code"]!);
        var error = await Assert.ThrowsAsync<ProtocolException>(() => expected.Arrived.WithinLimitAsync());
        Assert.Contains("2 to 3", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_there_are_no_unix_sockets_loopback_serves()
    {
        await using var listener = WorkerListener.StartTcp(NullLogger<WorkerListener>.Instance);
        Assert.StartsWith("tcp:127.0.0.1:", listener.Address, StringComparison.Ordinal);
        using var expected = listener.Expect("w-1");
        using var peer = await Peer.ConnectAsync(listener.Address);
        await peer.SendAsync(Hello(expected.Token));
        Assert.NotNull((await peer.ReceiveAsync())!["result"]);
        await (await expected.Arrived.WithinLimitAsync()).Connection.DisposeAsync();
    }

    [Fact]
    public void A_socket_path_too_long_is_said_in_one_line()
    {
        using var temp = new TempFolder();
        var error = Assert.Throws<InvalidOperationException>(() =>
            WorkerListener.Start(temp.Below(new string('x', 150)), NullLogger<WorkerListener>.Instance));
        Assert.Contains("--runtime", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_of_a_worker_and_unknown_notices_do_no_harm()
    {
        using var temp = new TempFolder();
        await using var listener = WorkerListener.Start(temp.Below("s"), NullLogger<WorkerListener>.Instance);
        using var expected = listener.Expect("w-1");
        using var peer = await Peer.ConnectAsync(listener.Address);
        await peer.SendAsync(Hello(expected.Token));
        await peer.ReceiveAsync();
        await using var connection = (await expected.Arrived.WithinLimitAsync()).Connection;
        var heard = new List<WorkerNotice>();
        connection.Start(heard.Add);

        await peer.SendAsync("{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"giveMeEverything\"}");
        var refused = await peer.ReceiveAsync();
        Assert.Equal((-32601, "x"), ((int)refused!["error"]!["code"]!, (string?)refused["id"]));
        await peer.SendAsync("{\"jsonrpc\":\"2.0\",\"method\":\"whatever\",\"params\":{\"a\":1}}");
        await peer.SendAsync("{\"jsonrpc\":\"2.0\",\"method\":\"progress\",\"params\":{\"call\":1,\"fraction\":0.5,\"new\":true}}");
        var pinged = connection.RequestAsync(Methods.Ping, new Ping(), ProtocolJson.Default.Ping, ProtocolJson.Default.Ping, CancellationToken.None);
        var ping = await peer.ReceiveAsync();
        await peer.SendAsync($"{{\"jsonrpc\":\"2.0\",\"id\":{ping!["id"]},\"result\":{{}}}}");
        await pinged.WithinLimitAsync();
        Assert.Equal(0.5, Assert.IsType<ProgressNotice>(Assert.Single(heard)).Fraction);

        // A second answer to the same request is one that nobody waits for.
        await peer.SendAsync($"{{\"jsonrpc\":\"2.0\",\"id\":{ping["id"]},\"result\":{{}}}}");
        Assert.IsType<ProtocolException>(await connection.Ended.WithinLimitAsync());
        await Assert.ThrowsAsync<ConnectionEndedException>(() =>
            connection.RequestAsync(Methods.Ping, new Ping(), ProtocolJson.Default.Ping, ProtocolJson.Default.Ping, CancellationToken.None));
    }

    private static string Hello(string token, int min = 1, int max = 1) => new JsonObject
    {
        ["jsonrpc"] = "2.0",
        ["id"] = 1,
        ["method"] = "hello",
        ["params"] = new JsonObject
        {
            ["token"] = token,
            ["protocol"] = new JsonObject { ["min"] = min, ["max"] = max },
            ["kit"] = "test",
            ["pid"] = 1,
            ["engine"] = new JsonObject { ["name"] = "testcard", ["version"] = "1" },
            ["functions"] = new JsonArray(new JsonObject { ["name"] = "f", ["input"] = new JsonObject { ["type"] = "object" } }),
        },
    }.ToJsonString();

    private sealed class Peer(Socket socket) : IDisposable
    {
        private readonly StreamReader reader = new(new NetworkStream(socket, ownsSocket: true));

        public static async Task<Peer> ConnectAsync(string address)
        {
            var parts = address.Split(':');
            EndPoint to = parts[0] == "unix" ? new UnixDomainSocketEndPoint(parts[1]) : new IPEndPoint(IPAddress.Loopback, int.Parse(parts[2], null));
            var socket = new Socket(to.AddressFamily, SocketType.Stream, parts[0] == "unix" ? ProtocolType.Unspecified : ProtocolType.Tcp);
            await socket.ConnectAsync(to);
            return new Peer(socket);
        }

        public async Task SendAsync(string line)
        {
            try
            {
                await socket.SendAsync(Encoding.UTF8.GetBytes(line + "\n"));
            }
            catch (SocketException)
            {
                // Closed before all was said: the next receive tells.
            }
        }

        public async Task<JsonNode?> ReceiveAsync()
        {
            try
            {
                return await reader.ReadLineAsync().WithinLimitAsync() is { } line ? JsonNode.Parse(line) : null;
            }
            catch (IOException)
            {
                return null; // Closed with bytes of ours unread: a reset.
            }
        }

        public void Dispose() => reader.Dispose();
    }
}
