using System.Diagnostics;
using Workers.Testing;

namespace Workers.Server.Tests;

/// <summary><c>workers-server sign</c> and the samples in other languages make the same URLs.</summary>
public sealed class SignTests : IDisposable
{
    private const string Secret = "correct-horse-battery-staple-0123456789";
    private readonly TempFolder folder = new();

    public SignTests() => File.WriteAllText(
        folder.Below("workers.json"),
        $$"""{ "urlKeys": [ { "id": "k1", "secret": "{{Secret}}" }, { "id": "k0", "secret": "an-older-secret-of-forty-characters-0000" } ] }""");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_command_and_the_samples_agree()
    {
        var (exit, signed, _) = await SignAsync("--template", "chair", "--param", "name=Anna & Bo/ü~", "--param", "fabric=red");
        Assert.Equal(0, exit);
        var url = signed.Trim();
        Assert.EndsWith("/k1/chair/fabric=red,name=Anna%20%26%20Bo%2F%C3%BC~.png", url, StringComparison.Ordinal);
        Assert.Equal((0, signed, ""), await RunAsync("python3", RepositoryPaths.Below("samples", "sign_url.py"), "k1", "chair", "name=Anna & Bo/ü~", "fabric=red"));
        Assert.Equal((0, signed, ""), await RunAsync("bash", RepositoryPaths.Below("samples", "sign_url.sh"), url[46..]));

        var (_, versioned, _) = await SignAsync("--template=chair", "--version=3", "--format=auto", "--expires=3600", "--key=k0");
        Assert.Matches(@"^/i/[A-Za-z0-9_-]{43}/k0/chair@3/expires=\d{10}\.auto\n\z", versioned);
        var (_, other, _) = await SignAsync("--template=chair", "--param=fabric=red", "--format=@auto");
        Assert.EndsWith("/k1/chair/fabric=red@auto\n", other, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--template: is missing")]
    [InlineData("--tmplate: unknown flag; the nearest known one is --template", "--tmplate", "chair")]
    [InlineData("--param: must be NAME=VALUE", "--template", "chair", "--param", "red")]
    [InlineData("--param: 'a' is given twice", "--template", "chair", "--param", "a=1", "--param", "a=2")]
    [InlineData("--expires: must be a whole number", "--template", "chair", "--expires", "soon")]
    [InlineData("--version: needs a value", "--template", "chair", "--version")]
    [InlineData("--key: there is no key \"k7\"; there are k1, k0", "--template", "chair", "--key", "k7")]
    [InlineData("is no path of a signed URL", "--template", "../chair")]
    public async Task What_is_wrong_is_told_and_nothing_is_printed(string problem, params string[] arguments)
    {
        var (exit, output, error) = await SignAsync(arguments);
        Assert.Equal((2, ""), (exit, output));
        Assert.Contains(problem, error, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_that_is_too_short_is_refused_without_being_told()
    {
        await File.WriteAllTextAsync(folder.Below("workers.json"), """{ "urlKeys": [ { "id": "k1", "secret": "hush" } ] }""");
        var (exit, _, error) = await SignAsync("--template", "chair");
        Assert.Equal(2, exit);
        Assert.Contains("\"k1\" has fewer than 32 characters", error, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", error, StringComparison.Ordinal);
    }

    private Task<(int Exit, string Output, string Error)> SignAsync(params string[] arguments) => RunAsync(
        "dotnet", [ServerProcess.Program, "sign", "--config", folder.Below("workers.json"), .. arguments]);

    private static async Task<(int Exit, string Output, string Error)> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, Environment = { ["URL_SECRET"] = Secret },
        };
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WithinLimitAsync();
        return (process.ExitCode, await output, await error);
    }
}
