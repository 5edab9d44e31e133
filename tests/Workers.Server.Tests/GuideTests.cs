using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Workers.Testing;

namespace Workers.Server.Tests;

/// <summary>GUIDE.md, tried from empty folders: its files are written, its commands run and their output compared, all as they stand there.</summary>
public sealed partial class GuideTests
{
    private const string Start = "`workers-server --config workers.json`";

    [Fact]
    public async Task A_function_is_written_named_and_called()
    {
        using var folder = new TempFolder();
        await using var server = await PrepareAsync("## A function", folder);
        await FollowAsync("## A function", folder, server, "testcard");
        var functions = (await server.GetAsync("/v1/engines/testcard"))["functions"]!.AsArray();
        var add = functions.Single(function => (string?)function!["name"] == "add")!;
        Assert.Equal((true, "number"), ((bool?)add["async"], (string?)add["input"]!["properties"]!["a"]!["type"]));
    }

    [Fact]
    public async Task An_engine_in_another_language_is_written_configured_and_called()
    {
        using var folder = new TempFolder();
        await using var server = await PrepareAsync("## An engine in another language", folder);
        await FollowAsync("## An engine in another language", folder, server, "perl");
        var worker = (await server.GetAsync("/v1/workers"))["workers"]![0]!;

        // It hears a cancel and lives on; when it is killed, its job is tried again.
        var slow = new JsonObject { ["name"] = "Ada", ["seconds"] = 600 };
        var canceled = await server.SubmitAsync("perl", "greet", (JsonObject)slow.DeepClone());
        await RunsAsync(server, canceled, attempt: 1);
        (await server.Http.PostAsync($"/v1/jobs/{canceled}/cancel", null)).EnsureSuccessStatusCode();
        Assert.Equal("canceled", (string?)(await server.EndAsync(canceled))["state"]);
        var killed = await server.SubmitAsync("perl", "greet", slow);
        Assert.Equal((int)worker["pid"]!, (int)(await RunsAsync(server, killed, attempt: 1))["worker"]!["pid"]!);
        Signals.SendKill((int)worker["pid"]!);
        Assert.NotEqual((int)worker["pid"]!, (int)(await RunsAsync(server, killed, attempt: 2))["worker"]!["pid"]!);
        (await server.Http.PostAsync($"/v1/jobs/{killed}/cancel", null)).EnsureSuccessStatusCode(); // A server that stops would give it time.
    }

    /// <summary>Writes a section's files and starts the server as it says.</summary>
    private static async Task<ServerProcess> PrepareAsync(string heading, TempFolder folder)
    {
        var section = Section(heading);
        foreach (var (info, text) in Blocks(section))
        {
            if (info.Split(' ') is not [_, var name])
                continue;
            Directory.CreateDirectory(Path.GetDirectoryName(folder.Below(name))!);
            await File.WriteAllTextAsync(folder.Below(name), text);
        }

        Assert.Contains(Start, section, StringComparison.Ordinal);
        return await ServerProcess.StartAsync(folder.Below("data"), "--config", folder.Below("workers.json"));
    }

    /// <summary>Runs a section's commands and compares what they print.</summary>
    private static async Task FollowAsync(string heading, TempFolder folder, ServerProcess server, string engine)
    {
        await server.EngineIsAvailableAsync(engine);
        var section = Section(heading);
        var printed = "";
        foreach (var line in Blocks(section).Single(block => block.Info == "sh").Text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var output = await RunAsync(line.Replace("localhost:8700", new Uri(server.Url).Authority, StringComparison.Ordinal), folder.FullPath);
            printed += output.Length == 0 || output.EndsWith('\n') ? output : output + "\n";
        }

        Assert.Equal(Blocks(section).Single(block => block.Info == "text").Text, printed);
    }

    private static string Section(string heading)
    {
        var page = File.ReadAllText(RepositoryPaths.Below("GUIDE.md"));
        var start = page.IndexOf(heading + "\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"GUIDE.md has no '{heading}'");
        var end = page.IndexOf("\n## ", start, StringComparison.Ordinal);
        return end < 0 ? page[start..] : page[start..end];
    }

    private static List<(string Info, string Text)> Blocks(string section) =>
        [.. Fenced().Matches(section).Select(match => (match.Groups["info"].Value, match.Groups["text"].Value))];

    private static async Task<JsonObject> RunsAsync(ServerProcess server, string id, int attempt)
    {
        JsonObject job = [];
        await Eventually.HoldsAsync(
            async () => (job = await server.GetAsync($"/v1/jobs/{id}"))["progress"] is not null && (int)job["attempt"]! == attempt,
            $"attempt {attempt} runs");
        return job;
    }

    private static async Task<string> RunAsync(string line, string folder)
    {
        var start = new ProcessStartInfo("bash") { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(line.Replace("curl ", "curl -sS --max-time 60 ", StringComparison.Ordinal));
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{line}\nexit {process.ExitCode}\n{await output}{await errors}");
        return await output;
    }

    [GeneratedRegex(@"^```(?<info>[^\n]+)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fenced();
}
