using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Workers.Jobs.PrivateRedis;
using Workers.Testing;

namespace Workers.Jobs.Tests.PrivateRedis;

/// <summary>What a crashed server may have left behind, and what a new one makes of it.</summary>
public sealed class PrivateRedisSurvivorTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)] // Killed between the spawn and writing the process down.
    public async Task A_survivor_is_adopted_and_watched_from_then_on(bool processIsKnown)
    {
        using var fixture = new PrivateRedisFixture();
        var (port, process) = await fixture.LeaveSurvivorAsync();
        if (!processIsKnown)
            Rewrite(fixture, instance => instance["process"] = null);

        await using var server = await fixture.StartAsync(options => options with { Durability = "fast" });
        Assert.Equal((port, process), (server.Port, server.ProcessId!.Value));
        Assert.Equal("yes", fixture.Command("GET", "kept"));
        Assert.Equal("appendfsync\neverysec", fixture.Command("CONFIG", "GET", "appendfsync"));

        Signals.SendKill(process);
        await Eventually.HoldsAsync(() => server.ProcessId != process && fixture.Answers(), "another process answers");
        Assert.Equal(port, server.Port);
        Assert.Equal("yes", fixture.Command("GET", "kept"));
    }

    [Fact]
    public async Task Killed_between_lock_and_spawn_the_next_one_uses_the_port_and_password_written_down()
    {
        using var fixture = new PrivateRedisFixture();
        var port = TestPorts.Free();
        Directory.CreateDirectory(Path.GetDirectoryName(fixture.InstanceFile)!);
        File.WriteAllText(fixture.InstanceFile, $$"""{"port":{{port}},"password":"written-before","process":null}""");
        await using var server = fixture.Create();
        Assert.Equal($"127.0.0.1:{port},password=written-before", await server.StartAsync(CancellationToken.None));
        Assert.Equal(server.ProcessId, (int)fixture.Instance["process"]!["id"]!);
    }

    [Fact]
    public async Task A_number_that_is_another_process_by_now_is_neither_waited_for_nor_touched()
    {
        using var fixture = new PrivateRedisFixture();
        var (port, process) = await fixture.LeaveSurvivorAsync();
        Signals.SendKill(process);
        Rewrite(fixture, instance => instance["process"]!["id"] = Environment.ProcessId);
        await Eventually.HoldsAsync(() => fixture.RedisProcesses.Length == 0, "the survivor is gone");

        await using var server = await fixture.StartAsync();
        Assert.Equal(port, server.Port);
        Assert.Equal("yes", fixture.Command("GET", "kept"));
        Assert.NotEqual(Environment.ProcessId, server.ProcessId);
    }

    [Theory]
    [InlineData(true)] // Another Redis: answers, but not to our password.
    [InlineData(false)] // Says nothing at all.
    public async Task A_port_that_somebody_else_took_is_given_up_for_another(bool strangerIsRedis)
    {
        using var fixture = new PrivateRedisFixture();
        var (port, process) = await fixture.LeaveSurvivorAsync();
        Signals.SendKill(process);
        await Eventually.HoldsAsync(() => fixture.RedisProcesses.Length == 0, "the survivor is gone");
        using var stranger = strangerIsRedis ? TestRedis.Start(TestDurability.None) : null;
        using var mute = new TcpListener(IPAddress.Loopback, strangerIsRedis ? 0 : port);
        await Eventually.HoldsAsync(() => TryListen(mute), "the port of the killed one is free"); // Its socket outlives it by a moment.
        if (stranger is not null)
            Rewrite(fixture, instance => instance["port"] = port = stranger.Port);

        await using var server = await fixture.StartAsync();
        Assert.NotEqual(port, server.Port);
        Assert.Equal(server.Port, (int)fixture.Instance["port"]!);
        Assert.Equal("yes", fixture.Command("GET", "kept"));
        if (stranger is not null)
            Assert.Equal("0", stranger.Command("DBSIZE"));
    }

    [Fact]
    public async Task A_survivor_that_stands_still_is_waited_for_and_never_joined_by_a_second()
    {
        using var fixture = new PrivateRedisFixture();
        var (port, process) = await fixture.LeaveSurvivorAsync();
        Signals.SendStop(process);

        await using (var impatient = fixture.Create(options => options with { SilenceLimit = TimeSpan.FromMilliseconds(300) }))
        {
            var failed = await Assert.ThrowsAsync<PrivateRedisException>(() => impatient.StartAsync(CancellationToken.None));
            Assert.Contains($"process {process}", failed.Message, StringComparison.Ordinal);
            Assert.Equal([process], fixture.RedisProcesses);
        }

        await using var patient = fixture.Create();
        var starting = patient.StartAsync(CancellationToken.None);
        Assert.False(starting.IsCompleted);
        Signals.SendContinue(process);
        await starting.WithinLimitAsync();
        Assert.Equal((port, process), (patient.Port, patient.ProcessId!.Value));
        Assert.Equal([process], fixture.RedisProcesses);
        Assert.Equal("yes", fixture.Command("GET", "kept"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"port\":")]
    [InlineData("{\"port\":0,\"password\":\"x\"}")]
    [InlineData("[]")]
    [InlineData("null")]
    public async Task A_damaged_instance_file_stops_the_start_and_stays(string content)
    {
        using var fixture = new PrivateRedisFixture();
        Directory.CreateDirectory(Path.GetDirectoryName(fixture.InstanceFile)!);
        File.WriteAllText(fixture.InstanceFile, content);
        await using var server = fixture.Create();
        var damaged = await Assert.ThrowsAsync<PrivateRedisException>(() => server.StartAsync(CancellationToken.None));
        Assert.Contains(fixture.InstanceFile, damaged.Message, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(fixture.InstanceFile));
        Assert.Empty(fixture.RedisProcesses);
    }

    private static bool TryListen(TcpListener listener)
    {
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static void Rewrite(PrivateRedisFixture fixture, Action<JsonNode> change)
    {
        var instance = fixture.Instance;
        change(instance);
        File.WriteAllText(fixture.InstanceFile, instance.ToJsonString());
    }
}
