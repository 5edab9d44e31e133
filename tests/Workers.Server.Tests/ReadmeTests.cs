using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Workers.Jobs.Configuration;
using Workers.Testing;

namespace Workers.Server.Tests;

/// <summary>The README's curl lines work as they are written, in their order.</summary>
[Collection(BlenderCollection.Name)]
public sealed class ReadmeTests(BlenderServer blender)
{
    private const string HeadersName = "headers";

    [BlenderFact]
    public async Task Every_curl_line_succeeds_as_written()
    {
        await blender.Server.EngineIsAvailableAsync("plot");
        using var folder = new TempFolder();
        Directory.CreateSymbolicLink(folder.Below("samples"), RepositoryPaths.Below("samples"));
        var lines = File.ReadLines(RepositoryPaths.Below("README.md"))
            .Where(line => line.StartsWith("    curl ", StringComparison.Ordinal))
            .Select(line => line.Trim()).ToList();
        Assert.True(lines.Count >= 8, $"{lines.Count} curl lines");
        foreach (var line in lines)
        {
            var ours = line.Replace("localhost:8700", new Uri(blender.Server.Url).Authority, StringComparison.Ordinal);
            var (exit, output) = await RunAsync(ours, folder.FullPath);
            if (exit != 0 && await EndsLaterAsync(folder.Below(HeadersName)))
                (exit, output) = await RunAsync(ours, folder.FullPath);
            Assert.True(exit == 0, $"{line}\nexit {exit}\n{output}");
        }

        var pictures = Directory.GetFiles(folder.FullPath, "*.png");
        Assert.NotEmpty(pictures);
        Assert.All(pictures, picture => Assert.Equal([0x89, 0x50, 0x4E, 0x47], File.ReadAllBytes(picture)[..4]));
    }

    [Fact]
    public async Task The_samples_name_the_product_that_is_there()
    {
        var hex = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(RepositoryPaths.Below("samples", "product.blend"))));
        foreach (var name in new[] { "red-chair.json", "job.json", "chair-template.json" })
            Assert.Contains("sha256:" + hex, await File.ReadAllTextAsync(RepositoryPaths.Below("samples", name)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_configuration_shown_is_accepted()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.Below("workers.json"), Block("json"));
        var settings = SettingsLoader.Load(CommandLine.Parse(["--config", folder.Below("workers.json")]), new Dictionary<string, string>());
        Assert.Contains("blender-4.2", settings.Engines.Select(engine => engine.Name));
        Assert.Equal("shop", Assert.Single(settings.Keys).Name);
    }

    [Fact]
    public async Task The_function_shown_can_be_called()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder.Below("functions"));
        await File.WriteAllTextAsync(folder.Below("functions", "add.py"), Block("python"));
        await File.WriteAllTextAsync(
            folder.Below("workers.json"), """{ "engines": { "blender": null, "plot": null, "testcard": { "functions": ["functions"] } } }""");
        await using var server = await ServerProcess.StartAsync(folder.Below("data"), "--config", folder.Below("workers.json"));
        await server.EngineIsAvailableAsync("testcard");
        var job = await server.EndAsync(await server.SubmitAsync("testcard", "add", new JsonObject { ["a"] = 2, ["b"] = 3 }));
        Assert.Equal(5, job["output"]!.GetValue<double>());
    }

    // A call is held for a minute. On a machine so busy that a render takes longer it answers 504 and names its job, whose result answers it the next time.
    private async Task<bool> EndsLaterAsync(string headers)
    {
        var lines = await File.ReadAllLinesAsync(headers);
        if (!lines.Any(line => line.StartsWith("HTTP/1.1 504", StringComparison.Ordinal)))
            return false;
        var location = lines.Single(line => line.StartsWith("Location: ", StringComparison.OrdinalIgnoreCase));
        await blender.Server.EndAsync(location.Split('/')[^1].Trim());
        return true;
    }

    private static string Block(string language)
    {
        var page = File.ReadAllText(RepositoryPaths.Below("README.md"));
        var start = page.IndexOf($"```{language}\n", StringComparison.Ordinal) + language.Length + 4;
        return page[start..page.IndexOf("```", start, StringComparison.Ordinal)];
    }

    // --fail-with-body: an error status must fail the line, and its problem must be in the output.
    private static async Task<(int Exit, string Output)> RunAsync(string line, string folder)
    {
        var start = new ProcessStartInfo("bash") { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(line.Replace("curl ", $"curl -sS --fail-with-body --max-time 280 -D {HeadersName} ", StringComparison.Ordinal));
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync() + await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output);
    }
}
