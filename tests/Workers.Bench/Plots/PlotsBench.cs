using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Workers.Bench.Report;
using Workers.Bench.Setup;
using Workers.Testing;

namespace Workers.Bench.Plots;

/// <summary>What a calculation's loop pays for a plot of each of its steps.</summary>
internal sealed class PlotsBench : IBench
{
    private const int Rounds = 20;
    private const int StepsARound = 50;
    private static readonly Target NextToNothing = new(1.02);

    public string Name => "plots";

    public string Title => "(e) A loop that hands a plot of each of its steps to the plot engine, newest wins";

    public async Task RunAsync(ResultsPage page, CancellationToken cancellation)
    {
        page.Say(
            $"*Loop*: pure Python, some 20 ms a step, {StepsARound} steps; each step's plot has 500 points. *Mailbox*: `samples/plot_from_a_loop.py`, at "
            + "four plots a second (as it comes), or as many as it can send; *in the loop*: a request a step over one connection. Every submit has "
            + "`supersedes`. The ratio is the loop with plotting against the mean of the ones before and after it without; the last row is those "
            + $"two against each other. {Rounds} rounds are {Rounds * StepsARound} plots. Server, Redis (`always`), worker and loop share the machine.");
        await using var server = await BenchServer.StartAsync("plot", 1, TestDurability.Always, cancellation);
        var control = new Series();
        await CompareAsync(page, server, "paced", "mailbox, four a second: loop against loop without", NextToNothing, control, cancellation);
        var first = await ResidentAsync(server, cancellation);
        await CompareAsync(page, server, "every", "mailbox, all it can send: the same", null, control, cancellation);
        await CompareAsync(page, server, "direct", "in the loop: the same", null, control, cancellation);
        page.Row("without against without", control, Unit.Ratio);
        page.Row("the worker's resident memory after the first 1,000 plots shown", new Series(first), Unit.Bytes);
        page.Row("the same after 3,000", new Series(await ResidentAsync(server, cancellation)), Unit.Bytes);
    }

    private static async Task CompareAsync(
        ResultsPage page, BenchServer server, string how, string name, Target? target, Series control, CancellationToken cancellation)
    {
        Progress.Say($"plots, {how}");
        var (ratios, sent, lost) = (new Series(), 0, 0);
        await foreach (var round in RoundsAsync(server, how, cancellation))
        {
            var (before, after) = (round.GetProperty("before").GetDouble(), round.GetProperty("after").GetDouble());
            ratios.Add(2 * round.GetProperty("plotted").GetDouble() / (before + after));
            control.Add(after / before);
            sent += round.GetProperty("sent").GetInt32();
            lost += round.GetProperty("last").GetBoolean() ? 0 : 1;
        }

        page.Row($"{name} ({sent} of {Rounds * StepsARound} sent)", ratios, Unit.Ratio, target);
        if (lost > 0)
            page.NotMeasured($"{how}: in {lost} of {Rounds} rounds the newest picture was not that of the last plot.");
    }

    private static async IAsyncEnumerable<JsonElement> RoundsAsync(
        BenchServer server, string how, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "Plots", "plotted_loop.py");
        string[] arguments =
        [
            script, server.Address, RepositoryPaths.Below("samples"), how,
            Rounds.ToString(CultureInfo.InvariantCulture), StepsARound.ToString(CultureInfo.InvariantCulture),
        ];
        using var process = Process.Start(new ProcessStartInfo(Programs.Python, arguments) { RedirectStandardOutput = true })!;
        await using var stop = cancellation.Register(() => process.Kill());
        var rounds = 0;
        while (await process.StandardOutput.ReadLineAsync(cancellation) is { } line)
        {
            rounds++;
            yield return JsonElement.Parse(line);
        }

        await process.WaitForExitAsync(cancellation);
        if (rounds != Rounds)
            throw new InvalidOperationException($"The loop ended with {process.ExitCode} after {rounds} rounds.");
    }

    private static async Task<double> ResidentAsync(BenchServer server, CancellationToken cancellation)
    {
        // The node looks at its workers' memory every two seconds.
        await Task.Delay(TimeSpan.FromSeconds(3), cancellation);
        var worker = (await server.Client.GetAsync("/v1/workers", cancellation)).GetProperty("workers")[0];
        return worker.GetProperty("residentBytes").GetDouble();
    }
}
