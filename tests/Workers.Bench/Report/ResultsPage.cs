using System.Globalization;
using System.Text;

namespace Workers.Bench.Report;

/// <summary>The page of results: Markdown, one section a bench, one table row a figure, and at the end every floor that was missed.</summary>
internal sealed class ResultsPage
{
    private readonly StringBuilder text = new();
    private readonly List<string> missed = [];
    private string section = "";
    private bool tableIsOpen;

    public ResultsPage(Machine machine)
    {
        Line("# Bench results");
        Line();
        Line(string.Create(CultureInfo.InvariantCulture, $"Begun {DateTimeOffset.UtcNow:yyyy-MM-dd HH:mm:ss} UTC. {machine.Describe()}"));
        Line();
        Line("Every row: N, median, p10–p90 and p99 of what was measured. Ratios compare two things of the same run, measured in turns, round by");
        Line("round: a ratio's N is the number of rounds. The load average counts what else ran on the machine.");
    }

    /// <summary>Begins a section.</summary>
    /// <param name="name">How the summary calls it.</param>
    /// <param name="title">Its heading.</param>
    public void Section(string name, string title)
    {
        section = name;
        tableIsOpen = false;
        Line();
        Line("## " + title);
        Line();
        Line($"Load average at the start: {Machine.LoadAverage()}.");
    }

    /// <summary>A paragraph.</summary>
    public void Say(string paragraph)
    {
        tableIsOpen = false;
        Line();
        Line(paragraph);
    }

    /// <summary>A figure; judged by its median where there is a target.</summary>
    public void Row(string name, Series series, Unit unit, Target? target = null)
    {
        OpenTable();
        var verdict = target?.Judge(series.Median, unit) ?? "";
        var spread = $"{unit.Show(series.Percentile(10))} – {unit.Show(series.Percentile(90))}";
        Line($"| {name} | {series.Count} | {unit.Show(series.Median)} | {spread} | {unit.Show(series.Percentile(99))} | {verdict} |");
        if (target is not null && !target.Holds(series.Median))
            missed.Add($"{section}: {name} is {unit.Show(series.Median)}, floor {unit.Show(target.Floor)}");
    }

    /// <summary>A section that could not be measured.</summary>
    public void NotMeasured(string why)
    {
        missed.Add($"{section}: not measured. {why}");
        Say("**Not measured:** " + why);
    }

    /// <summary>The whole page, with its summary.</summary>
    public string Finish(TimeSpan took)
    {
        Section("summary", "Summary");
        Line();
        Line(string.Create(CultureInfo.InvariantCulture, $"Took {took.TotalSeconds:0} s."));
        Line();
        if (missed.Count == 0) Line("Every floor was met.");
        foreach (var miss in missed) Line("- floor missed: " + miss);
        return text.ToString();
    }

    private void OpenTable()
    {
        if (tableIsOpen) return;
        tableIsOpen = true;
        Line();
        Line("| what | N | median | p10 – p90 | p99 | |");
        Line("|---|---:|---:|---:|---:|---|");
    }

    private void Line(string line = "") => text.Append(line).Append('\n');
}
