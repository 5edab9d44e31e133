using Workers.Jobs.PrivateRedis;
using Workers.Testing;

namespace Workers.Jobs.Tests.PrivateRedis;

/// <summary>Starting, keeping alive and stopping the private Redis.</summary>
public sealed class PrivateRedisServerTests
{
    [Fact]
    public async Task After_a_kill_it_runs_again_on_the_same_port_with_what_it_acknowledged()
    {
        using var fixture = new PrivateRedisFixture();
        await using var server = await fixture.StartAsync();
        for (var round = 1; round <= 3; round++)
        {
            var (port, process) = (server.Port, server.ProcessId!.Value);
            fixture.Command("INCR", "n");
            Signals.SendKill(process);
            await Eventually.HoldsAsync(
                () => server.ProcessId is { } now && now != process && fixture.Instance["process"] is not null && fixture.Answers(),
                "another process answers and is written down");
            Assert.Equal(port, server.Port);
            Assert.Equal(round.ToString(), fixture.Command("GET", "n"));
            Assert.Equal([server.ProcessId!.Value], fixture.RedisProcesses);
            Assert.Equal(server.ProcessId, (int)fixture.Instance["process"]!["id"]!);
        }
    }

    [Fact]
    public async Task It_keeps_its_secret_runs_in_its_own_session_and_stops_with_the_server_losing_nothing()
    {
        using var fixture = new PrivateRedisFixture();
        string connectionString;
        await using (var server = fixture.Create(options => options with { Durability = "fast" }))
        {
            connectionString = await server.StartAsync(CancellationToken.None);
            var password = (string)fixture.Instance["password"]!;
            Assert.Equal($"127.0.0.1:{server.Port},password={password}", connectionString);
            Assert.DoesNotContain(password, File.ReadAllText($"/proc/{server.ProcessId}/cmdline"), StringComparison.Ordinal);
            foreach (var file in new[] { "instance.json", "redis.conf" })
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(fixture.DataFolder, "redis", file)));
            var session = File.ReadAllText($"/proc/{server.ProcessId}/stat").Split(") ")[1].Split(' ')[3];
            Assert.Equal(server.ProcessId.ToString(), session);
            Assert.Equal("maxmemory-policy\nnoeviction", fixture.Command("CONFIG", "GET", "maxmemory-policy"));
            Assert.Equal("bind\n127.0.0.1", fixture.Command("CONFIG", "GET", "bind"));
            fixture.Command("SET", "kept", "yes");
        }
        Assert.Empty(fixture.RedisProcesses);
        Assert.Null(fixture.Instance["process"]);

        await using var again = fixture.Create();
        Assert.Equal(connectionString, await again.StartAsync(CancellationToken.None));
        Assert.Equal("yes", fixture.Command("GET", "kept"));
    }

    [Fact]
    public async Task A_second_server_on_the_folder_is_refused_by_one_line_and_harms_nothing()
    {
        using var fixture = new PrivateRedisFixture();
        await using var first = await fixture.StartAsync();
        var before = File.ReadAllText(fixture.InstanceFile);
        await using var second = fixture.Create();
        var refused = await Assert.ThrowsAsync<DataFolderInUseException>(() => second.StartAsync(CancellationToken.None));
        Assert.Contains($"process {Environment.ProcessId}", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
        await second.StopAsync(CancellationToken.None);
        Assert.Equal(before, File.ReadAllText(fixture.InstanceFile));
        Assert.True(fixture.Answers());
    }

    [Fact]
    public async Task Without_the_program_the_message_says_how_to_get_it_and_the_folder_is_free_again()
    {
        using var fixture = new PrivateRedisFixture();
        foreach (var program in new[] { "no-such-redis-server", fixture.WriteProgram("") + "-gone" })
        {
            await using var server = fixture.Create(options => options with { Program = program });
            var missing = await Assert.ThrowsAsync<RedisServerMissingException>(() => server.StartAsync(CancellationToken.None));
            Assert.Contains("apt install redis-server", missing.Message, StringComparison.Ordinal);
            Assert.Contains("--redis", missing.Message, StringComparison.Ordinal);
        }
        await using var usable = await fixture.StartAsync();
        Assert.True(fixture.Answers());
    }

    [Fact]
    public async Task A_program_that_fails_is_quoted()
    {
        using var fixture = new PrivateRedisFixture();
        await using var server = fixture.Create(options => options with { Program = fixture.WriteProgram("--no-such-setting 1") });
        var failed = await Assert.ThrowsAsync<PrivateRedisException>(() => server.StartAsync(CancellationToken.None));
        Assert.Contains("no-such-setting", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_of_150_characters_with_blanks_and_quotes_works()
    {
        using var fixture = new PrivateRedisFixture(new string('d', 70), "with \"quotes\" and blanks", new string('e', 60));
        Assert.True(fixture.DataFolder.Length > 150);
        await using var server = await fixture.StartAsync(options => options with { Durability = "none" });
        Assert.Equal([server.ProcessId!.Value], fixture.RedisProcesses);
        Assert.Equal("appendonly\nno", fixture.Command("CONFIG", "GET", "appendonly"));
    }

    [Fact]
    public async Task One_that_stands_still_is_killed_when_the_server_stops()
    {
        using var fixture = new PrivateRedisFixture();
        await using var server = await fixture.StartAsync(options => options with { StopLimit = TimeSpan.FromMilliseconds(200) });
        Signals.SendStop(server.ProcessId!.Value);
        await server.StopAsync(CancellationToken.None).WithinLimitAsync();
        Assert.Empty(fixture.RedisProcesses);
    }

    [Fact]
    public async Task One_that_loads_says_so_and_is_waited_for()
    {
        using var fixture = new PrivateRedisFixture();
        await using (await fixture.StartAsync())
            fixture.Command("EVAL", "for i = 1, 100000 do redis.call('SET', 'k' .. i, i) end", "0");

        // Seconds at this pace, and it answers now and then; no time at all once it was seen.
        var slow = fixture.WriteProgram("--key-load-delay 10");
        await using var server = fixture.Create(options => options with { Program = slow });
        var starting = server.StartAsync(CancellationToken.None);
        await Eventually.HoldsAsync(async () => await fixture.LookAsync() == RedisPresence.Loading || starting.IsCompleted, "it loads");
        Assert.False(starting.IsCompleted);
        fixture.Command("CONFIG", "SET", "key-load-delay", "0");
        await starting.WithinLimitAsync();
        Assert.Equal("100000", fixture.Command("DBSIZE"));
    }
}
