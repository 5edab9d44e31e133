using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Workers.Jobs.PrivateRedis;
using Workers.Testing;

namespace Workers.Jobs.Tests.PrivateRedis;

/// <summary>A data folder on which tests run servers one after the other; whatever Redis is left on it is killed at the end.</summary>
internal sealed class PrivateRedisFixture : IDisposable
{
    private readonly TempFolder temp = new();

    public PrivateRedisFixture(params string[] below) => DataFolder = temp.Below(below);

    public string DataFolder { get; }

    public string InstanceFile => Path.Combine(DataFolder, "redis", "instance.json");

    public JsonNode Instance => JsonNode.Parse(File.ReadAllText(InstanceFile))!;

    /// <summary>Redis processes that work in the folder, as the system tells.</summary>
    public int[] RedisProcesses =>
    [
        .. Directory.EnumerateDirectories("/proc").Where(entry => WorkingFolder(entry) == Path.Combine(DataFolder, "redis"))
            .Select(entry => int.Parse(Path.GetFileName(entry))),
    ];

    public PrivateRedisServer Create(Func<PrivateRedisOptions, PrivateRedisOptions>? change = null)
    {
        var options = new PrivateRedisOptions { DataFolder = DataFolder, Program = TestRedis.Program, SilenceLimit = Eventually.Limit };
        return new PrivateRedisServer(change is null ? options : change(options), NullLogger<PrivateRedisServer>.Instance);
    }

    public async Task<PrivateRedisServer> StartAsync(Func<PrivateRedisOptions, PrivateRedisOptions>? change = null)
    {
        var server = Create(change);
        await server.StartAsync(CancellationToken.None).WithinLimitAsync();
        return server;
    }

    /// <summary>A Redis that a server left behind, as a crash of the server would.</summary>
    public async Task<(int Port, int ProcessId)> LeaveSurvivorAsync()
    {
        await using var server = await StartAsync(options => options with { KeepRunning = true });
        Command("SET", "kept", "yes");
        return (server.Port, server.ProcessId!.Value);
    }

    /// <summary>What the server would find.</summary>
    public Task<RedisPresence> LookAsync() =>
        RedisSurvey.LookAsync(RedisInstance.Load(InstanceFile)!, new RedisFolder(DataFolder), CancellationToken.None);

    /// <summary>Sends one command with what instance.json says.</summary>
    public string Command(params string[] command)
    {
        using var client = new RespClient((int)Instance["port"]!, (string)Instance["password"]!);
        return client.Send(command);
    }

    public bool Answers()
    {
        try
        {
            return Command("PING") == "PONG";
        }
        catch (Exception error) when (error is IOException or InvalidOperationException or System.Net.Sockets.SocketException)
        {
            return false;
        }
    }

    /// <summary>A program that runs redis-server with more arguments.</summary>
    public string WriteProgram(string arguments)
    {
        var path = temp.Below("redis-server-more");
        File.WriteAllText(path, $"#!/bin/sh\nexec {TestRedis.Program} \"$@\" {arguments}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return path;
    }

    public void Dispose()
    {
        foreach (var id in RedisProcesses)
            Signals.SendKill(id);
        temp.Dispose();
    }

    private static string? WorkingFolder(string process)
    {
        try
        {
            return int.TryParse(Path.GetFileName(process), out _)
                ? File.ResolveLinkTarget(process + "/cwd", returnFinalTarget: false)?.FullName
                : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
