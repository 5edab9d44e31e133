using System.Text.Json.Nodes;
using Workers.Testing;

namespace Workers.Server.Tests;

/// <summary>What was acknowledged survives kill -9 of the server and of its private Redis; two servers never share a folder.</summary>
public sealed class DurabilityTests
{
    private const int Queued = 50;
    private const int Running = 2;

    [Fact]
    public async Task Kill_of_the_server_loses_no_job_and_leaves_no_orphan()
    {
        using var folder = new TempFolder();
        string[] ids;
        List<int> former;
        await using (var server = await ServerProcess.StartAsync(folder.FullPath, Config(folder)))
        {
            ids = await FillAsync(server);
            former = await WorkerPidsAsync(server);
            await server.Kill9Async();
        }

        await using var again = await ServerProcess.StartAsync(folder.FullPath, Config(folder));
        await AllSucceedOnceAsync(again, ids);
        await Eventually.HoldsAsync(() => former.TrueForAll(pid => !Directory.Exists($"/proc/{pid}")), "the former workers are gone");
    }

    [Fact]
    public async Task Kill_of_the_private_redis_loses_no_job()
    {
        using var folder = new TempFolder();
        await using var server = await ServerProcess.StartAsync(folder.FullPath, Config(folder));
        var ids = await FillAsync(server);
        var instance = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder.FullPath, "redis", "instance.json")))!;
        Signals.SendKill(FindPid(instance));
        await AllSucceedOnceAsync(server, ids);
    }

    [Fact]
    public async Task A_second_server_on_one_folder_exits_with_one_clear_line()
    {
        using var folder = new TempFolder();
        await using var first = await ServerProcess.StartAsync(folder.FullPath, Config(folder));
        await using var second = ServerProcess.Launch(folder.FullPath, Config(folder));
        await second.ExitAsync();
        Assert.NotEqual(0, second.ExitCode);
        var line = Assert.Single(second.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(folder.FullPath, line, StringComparison.Ordinal);
        await first.EndAsync(await first.SubmitAsync("testcard", "render", new JsonObject { ["width"] = 8, ["height"] = 8 }));
    }

    [Fact]
    public async Task A_server_that_cannot_reach_its_Redis_exits_with_one_clear_line()
    {
        using var folder = new TempFolder();
        var port = TestPorts.Free();
        await using var server = ServerProcess.Launch(folder.FullPath, "--redis", $"127.0.0.1:{port}");
        await server.ExitAsync();
        Assert.Equal(1, server.ExitCode);
        Assert.Contains($"127.0.0.1:{port}", Assert.Single(server.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deep_folder_works_and_an_untroubled_server_warns_of_nothing()
    {
        using var folder = new TempFolder();
        var deep = Path.Combine(folder.FullPath, new string('d', 75), new string('e', 75));
        Directory.CreateDirectory(deep);
        await using var server = await ServerProcess.StartAsync(deep, Config(folder));
        var job = await server.EndAsync(await server.SubmitAsync("testcard", "render", new JsonObject { ["width"] = 8, ["height"] = 8 }));
        Assert.Equal("succeeded", job["state"]!.GetValue<string>());
        Assert.Equal(0, await server.StopAsync());
        Assert.DoesNotContain(" warn: ", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_graceful_stop_leaves_nothing_running_and_queued_jobs_for_the_next_start()
    {
        using var folder = new TempFolder();
        List<int> workers;
        string[] ids;
        await using (var server = await ServerProcess.StartAsync(folder.FullPath, Config(folder, stopGrace: 0.2)))
        {
            ids = await FillAsync(server);
            workers = await WorkerPidsAsync(server);
            Assert.Equal(0, await server.StopAsync());
        }

        Assert.All(workers, pid => Assert.False(Directory.Exists($"/proc/{pid}"), $"worker {pid} still lives"));
        await using var again = await ServerProcess.StartAsync(folder.FullPath, Config(folder));
        await AllSucceedOnceAsync(again, ids);
    }

    internal static string[] Config(TempFolder folder, double stopGrace = 30)
    {
        var path = Path.Combine(folder.FullPath, "workers.json");
        File.WriteAllText(path, $$"""
            {
              "stopGraceSeconds": {{stopGrace.ToString(System.Globalization.CultureInfo.InvariantCulture)}},
              "engines": { "blender": null, "plot": null, "testcard": { "workers": {{Running}} } }
            }
            """);
        return ["--config", path];
    }

    // Two long ones that run, and fifty short ones behind them.
    private static async Task<string[]> FillAsync(ServerProcess server)
    {
        await server.EngineIsAvailableAsync("testcard");
        var ids = new List<string>();
        for (var i = 0; i < Running + Queued; i++)
        {
            var input = new JsonObject { ["width"] = 16, ["height"] = 16, ["seed"] = i, ["seconds"] = i < Running ? 3 : 0.01 };
            ids.Add(await server.SubmitAsync("testcard", "render", input));
        }

        foreach (var id in ids.Take(Running))
        {
            await Eventually.HoldsAsync(
                async () => (await server.GetAsync($"/v1/jobs/{id}"))["state"]!.GetValue<string>() == "running", $"{id} runs");
        }

        return [.. ids];
    }

    private static async Task AllSucceedOnceAsync(ServerProcess server, IEnumerable<string> ids)
    {
        foreach (var id in ids)
        {
            var job = await server.EndAsync(id);
            Assert.True(job["state"]!.GetValue<string>() == "succeeded", job.ToString());
            var events = new List<string>();
            await foreach (var item in SseReader.ReadAsync(server.Http, $"/v1/jobs/{id}/events", null))
                events.Add(item.Type);
            Assert.Single(events, "succeeded");
            Assert.Equal("succeeded", events[^1]);
        }
    }

    private static async Task<List<int>> WorkerPidsAsync(ServerProcess server)
    {
        var workers = (await server.GetAsync("/v1/workers"))["workers"]!.AsArray();
        return workers.Select(worker => worker!["pid"]?.GetValue<int>()).OfType<int>().ToList();
    }

    private static int FindPid(JsonNode instance) =>
        instance["pid"]?.GetValue<int>() ?? instance["process"]!["id"]!.GetValue<int>();
}
