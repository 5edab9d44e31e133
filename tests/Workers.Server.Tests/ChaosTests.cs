using System.Diagnostics;

namespace Workers.Server.Tests;

/// <summary>What wants the machine for itself: xUnit runs it after everything else, by itself.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    internal const string Name = "Alone";
}

/// <summary>A short run of what <c>make chaos</c> does for long, with a fixed plan.</summary>
[Collection(AloneCollection.Name)]
public sealed class ChaosTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(6);

    [Fact]
    public async Task Nothing_is_lost_while_everything_breaks()
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "Workers.Chaos.dll") },
            RedirectStandardOutput = true,
            Environment = { ["SEED"] = "20", ["SECONDS"] = "30", ["JOBS"] = "900", ["FAULTS"] = "16" },
        };
        using var chaos = Process.Start(start)!;
        var said = await chaos.StandardOutput.ReadToEndAsync().WaitAsync(Limit);
        await chaos.WaitForExitAsync().WaitAsync(Limit);
        Assert.True(chaos.ExitCode == 0, said);
        Assert.Contains("jobs: 900 ", said, StringComparison.Ordinal);
        Assert.Contains("of 12 kinds", said, StringComparison.Ordinal);
    }
}
