using System.Text.RegularExpressions;
using System.Xml.Linq;
using Workers.Jobs;
using Workers.Node.Workers;
using Workers.Testing;

namespace Workers.Server.Tests;

/// <summary>ARCHITECTURE.md says what the code does: its charts are the tables, its files exist, its directions hold.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly string Page = File.ReadAllText(RepositoryPaths.Below("ARCHITECTURE.md"));

    [Fact]
    public void The_jobs_chart_is_the_table()
    {
        static string Name(JobState state, bool cancel) => state.Wire() + (cancel ? "!" : "");
        var table = JobTransitions.Table.Select(row =>
            $"{Name(row.Key.State, row.Key.CancelRequested)} --> {Name(row.Value.State, row.Value.CancelRequested)}: {row.Key.Trigger}");
        Assert.Equal(table.Order(), Chart("### A job"));
    }

    [Fact]
    public void The_workers_chart_is_the_table()
    {
        static string Name(WorkerState state) => state.ToString().ToLowerInvariant();
        var table = WorkerTransitions.Table.Select(row => $"{Name(row.Key.From)} --> {Name(row.Value)}: {row.Key.Trigger}");
        Assert.Equal(table.Order(), Chart("### A worker"));
    }

    [Fact]
    public void Every_file_named_on_the_page_exists()
    {
        var named = InBackticks().Matches(Page).Select(match => match.Groups[1].Value)
            .Where(name => name.Contains('/', StringComparison.Ordinal))
            .ToList();
        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.True(Path.Exists(RepositoryPaths.Below(name)), $"ARCHITECTURE.md names {name}, which doesn't exist."));
    }

    [Theory]
    [InlineData("Workers.Contracts", "")]
    [InlineData("Workers.Jobs", "")]
    [InlineData("Workers.Blobs", "Workers.Jobs")]
    [InlineData("Workers.Node", "Workers.Blobs Workers.Jobs")]
    [InlineData("Workers.Api", "Workers.Blobs Workers.Contracts Workers.Jobs")]
    [InlineData("Workers.Server", "Workers.Api Workers.Node")]
    public void References_go_one_way(string project, string expected)
    {
        var file = XDocument.Load(RepositoryPaths.Below("src", project, project + ".csproj"));
        var references = file.Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));
        Assert.Equal(expected, string.Join(' ', references.Order(StringComparer.Ordinal)));
    }

    private static IEnumerable<string> Chart(string heading)
    {
        var section = Page[Page.IndexOf(heading + "\n", StringComparison.Ordinal)..];
        var chart = section[section.IndexOf("stateDiagram-v2", StringComparison.Ordinal)..];
        chart = chart[..chart.IndexOf("```", StringComparison.Ordinal)];
        return chart.Split('\n').Select(line => line.Trim()).Where(line => line.Contains("-->", StringComparison.Ordinal)).Order();
    }

    [GeneratedRegex("`((?:src|tests|samples|openapi)/[^`*]+)`")]
    private static partial Regex InBackticks();
}
