using System.Diagnostics;
using System.Globalization;
using System.Text;
using Workers.Bench.Report;
using Workers.Bench.Setup;
using Workers.Testing;

namespace Workers.Bench.Previews;

/// <summary>Previews of many small files of every format: a warm worker beside a Blender process for each file.</summary>
internal sealed class PreviewsBench : IBench
{
    private const int Rounds = 4;
    private const int Size = 256;
    private static readonly Target TenTimes = new(1, 0.1);
    private static readonly string Python = RepositoryPaths.Below("src", "make", "python.sh");
    private static readonly string Scripts = Path.Combine(AppContext.BaseDirectory, "Previews");

    public string Name => "previews";

    public string Title => "(h) Previews of files of every format, beside a Blender process for each";

    public async Task RunAsync(ResultsPage page, CancellationToken cancellation)
    {
        if (Programs.LacksBlender(page)) return;
        using var temp = new TempFolder();
        Progress.Say("making files of every format, and previewing each in a process of its own");
        await ScriptAsync([Path.Combine(Scripts, "preview_files.py"), temp.FullPath, RepositoryPaths.Below("tests", "python")], cancellation);
        var cold = await ColdAsync([.. Directory.GetFiles(temp.FullPath).Order(StringComparer.Ordinal)], temp.Below("picture"), cancellation);
        page.Say(
            "Small files of the formats that Blender opens, those that a script by hand shows as well; 256 px. *Over HTTP*: POST /v1/preview of an "
            + "uploaded file until the picture's last byte, one worker, another file each time. *By hand*: a Blender process for each file that opens "
            + "it, sees all of it and draws it by the same renderer. *Processor time*: of the server with its Redis and its worker; of that process. "
            + "Pictures per core-hour are 3,600 s over it.");
        await using var server = await BenchServer.StartAsync("blender", 1, TestDurability.Always, cancellation);
        await WarmAsync(page, server, cold, cancellation);
    }

    private static async Task WarmAsync(ResultsPage page, BenchServer server, List<Cold> cold, CancellationToken cancellation)
    {
        List<string> assets = [];
        foreach (var one in cold)
            assets.Add(await server.Client.UploadAsync(one.File, cancellation));
        var (warm, scenes, models, work) = (new Series(), new Series(), new Series(), new Series());
        for (var round = 0; round <= Rounds; round++)
        {
            Progress.Say($"previews, round {round} of {Rounds}");
            var began = ProcessTree.ProcessorSeconds(server.Pid);
            for (var index = 0; index < cold.Count; index++)
            {
                var body = Encoding.UTF8.GetBytes(string.Create(
                    CultureInfo.InvariantCulture, $$"""{"file":"{{assets[index]}}","size":{{Size + round}}}"""));
                var seconds = await server.Client.PictureAsync("/v1/preview", body, cancellation);
                if (round == 0) continue; // Add-ons and shaders load at their first use.
                warm.Add(seconds);
                (cold[index].File.EndsWith(".blend", StringComparison.Ordinal) ? scenes : models).Add(cold[index].Seconds / seconds);
            }

            if (round > 0) work.Add((ProcessTree.ProcessorSeconds(server.Pid) - began) / cold.Count);
        }

        var processor = cold.Average(one => one.Processor);
        page.Row("over HTTP", warm, Unit.Seconds);
        page.Row("by hand", new Series(cold.Select(one => one.Seconds)), Unit.Seconds);
        page.Row("by hand over ours, scenes (.blend, drawn by Cycles)", scenes, Unit.Ratio);
        page.Row("by hand over ours, models (drawn by Workbench)", models, Unit.Ratio);
        page.Row("processor time a picture, ours (mean of a round)", work, Unit.Seconds);
        page.Row("processor time a picture, by hand (mean of all)", new Series(processor), Unit.Seconds);
        page.Row("pictures per core-hour, ours", new Series(work.Values.Select(one => 3600 / one)), Unit.Count);
        page.Row("pictures per core-hour, by hand", new Series(3600 / processor), Unit.Count);
        page.Row("processor time, ours against by hand", new Series(work.Values.Select(one => one / processor)), Unit.Ratio, TenTimes);
    }

    private static async Task<List<Cold>> ColdAsync(string[] files, string picture, CancellationToken cancellation)
    {
        var lines = await ScriptAsync(
            [Path.Combine(Scripts, "cold_previews.py"), Programs.Blender!, Path.Combine(Scripts, "by_hand.py"), picture + ".png", .. files], cancellation);
        return [.. files.Zip(lines).Where(pair => pair.Second != "failed").Select(pair =>
        {
            var numbers = pair.Second.Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture)).ToList();
            return new Cold(pair.First, numbers[0], numbers[1]);
        })];
    }

    private static async Task<string[]> ScriptAsync(IEnumerable<string> arguments, CancellationToken cancellation)
    {
        using var process = Process.Start(new ProcessStartInfo(Python, arguments) { RedirectStandardOutput = true })!;
        var text = await process.StandardOutput.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation).WithinLimitAsync();
        return process.ExitCode == 0
            ? text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            : throw new InvalidOperationException($"A script ended with {process.ExitCode}; what it said stands above.");
    }

    private sealed record Cold(string File, double Seconds, double Processor);
}
