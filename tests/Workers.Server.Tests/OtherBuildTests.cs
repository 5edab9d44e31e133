using System.Net;
using System.Text.Json.Nodes;
using Workers.Testing;

namespace Workers.Server.Tests;

/// <summary>Other builds of an engine are configuration: a second Blender that says it is 4.2, beside the first, in one server.</summary>
public sealed class OtherBuildTests
{
    // The same program, whose engine file changes what it says of itself: what another build differs in, from outside.
    private const string FakeBuild = """
        import os
        from workers_kit import current_call, function
        from workers_kit.engines.blender import ENGINE

        ENGINE.version = "4.2.0 (fake)"
        warm_up = ENGINE.warmup


        def warm_up_as_another(folder):
            return {**warm_up(folder), "version": "4.2.0 (fake)", "flavour": os.environ["FLAVOUR"]}


        ENGINE.warmup = warm_up_as_another


        @function
        def flavour() -> str:
            '''Only this build has it.'''
            return os.environ["FLAVOUR"]
        """;

    [BlenderFact]
    public async Task A_second_build_extends_the_first_and_is_called_by_its_name()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.Below("fake_build.py"), FakeBuild);
        var program = Environment.GetEnvironmentVariable("BLENDER") is { Length: > 0 } named ? named : "blender";
        var command = new JsonArray(
            program, "-b", "--factory-startup", "--python", "${kit}/workers_kit/launch.py", "--", folder.Below("fake_build.py"));
        var engines = new JsonObject
        {
            ["blender"] = new JsonObject { ["environment"] = new JsonObject { ["FLAVOUR"] = "plain" }, ["callTimeoutSeconds"] = 77 },
            ["blender-4.2"] = new JsonObject { ["extends"] = "blender", ["command"] = command },
            ["testcard"] = null,
        };
        await File.WriteAllTextAsync(folder.Below("workers.json"), new JsonObject { ["engines"] = engines }.ToJsonString());
        await using var server = await ServerProcess.StartAsync(folder.Below("data"), "--config", folder.Below("workers.json"));
        await server.EngineIsAvailableAsync("blender");
        await server.EngineIsAvailableAsync("blender-4.2");

        var (first, second) = (await server.GetAsync("/v1/engines/blender"), await server.GetAsync("/v1/engines/blender-4.2"));
        Assert.Equal("4.2.0 (fake)", (string?)second["version"]);
        Assert.NotEqual((string?)first["version"], (string?)second["version"]);
        Assert.Equal(("4.2.0 (fake)", "plain"), ((string?)second["facts"]!["version"], (string?)second["facts"]!["flavour"]));

        Assert.Equal("blender", await EngineOfAsync(server, "/v1/preview?size=16"));
        Assert.Equal("blender-4.2", await EngineOfAsync(server, "/v1/preview?size=16&engine=blender-4.2"));
        Assert.Equal("blender-4.2", await EngineOfAsync(server, "/v1/engines/blender-4.2/functions/inspect"));
        using var own = await server.Http.PostAsync("/v1/engines/blender-4.2/functions/flavour", null);
        Assert.Equal("\"plain\"", await own.EnsureSuccessStatusCode().Content.ReadAsStringAsync());
        using var none = await server.Http.PostAsync("/v1/preview?engine=blender-4.3", new ByteArrayContent("v 0 0 0\n"u8.ToArray()));
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        Assert.Contains("blender-4.2", await none.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static async Task<string?> EngineOfAsync(ServerProcess server, string path)
    {
        using var reply = await server.Http.PostAsync(path, new ByteArrayContent("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"u8.ToArray()));
        Assert.True(reply.IsSuccessStatusCode, await reply.Content.ReadAsStringAsync());
        return (string?)(await server.GetAsync($"/v1/jobs/{reply.Headers.GetValues("Job-Id").Single()}"))["engine"];
    }
}
