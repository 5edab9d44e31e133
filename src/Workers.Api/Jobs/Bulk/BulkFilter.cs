using Microsoft.AspNetCore.Http;
using Workers.Api.Problems;
using Workers.Jobs;
using Workers.Jobs.Text;

namespace Workers.Api.Jobs.Bulk;

/// <summary>Which jobs a bulk verb is for. A misspelled filter would mean all jobs, so every name is checked and one filter must be there.</summary>
/// <param name="Query">The filters; all must hold.</param>
/// <param name="DryRun">Only count.</param>
internal sealed record BulkFilter(JobQuery Query, bool DryRun)
{
    /// <summary>Parameters of the query; there are no others.</summary>
    public static readonly string[] Names = ["tag", "state", "client", "engine", "dryRun"];

    /// <summary>Reads it from the query.</summary>
    /// <exception cref="ProblemException">400: unknown name, wrong value, or no filter at all.</exception>
    public static BulkFilter Read(IQueryCollection query, IReadOnlyList<JobState> states)
    {
        if (query.Keys.FirstOrDefault(name => !Names.Contains(name)) is { } unknown)
            throw Malformed($"There is no filter '{unknown}'.{NearestName.Hint(unknown, Names)}");
        if (query.Any(pair => pair.Value is not [{ Length: > 0 }]))
            throw Malformed("Give every filter once, with a value.");
        string? Of(string name) => query[name].FirstOrDefault();
        var state = Of("state") is { } text ? State(text, states) : (JobState?)null;
        var filter = new JobQuery { State = state, Tag = Of("tag"), Client = Of("client"), Engine = Of("engine") };
        if (filter == new JobQuery())
            throw Malformed($"Name at least one of {string.Join(", ", Names[..^1])}: this is for some jobs, not for all.");
        return Of("dryRun") switch
        {
            null or "false" => new BulkFilter(filter, DryRun: false),
            "true" => new BulkFilter(filter, DryRun: true),
            var other => throw Malformed($"dryRun is true or false, not '{other}'."),
        };
    }

    private static JobState State(string text, IReadOnlyList<JobState> states) =>
        JobStates.Parse(text) is { } state && states.Contains(state)
            ? state
            : throw Malformed($"state must be one of {string.Join(", ", states.Select(JobStates.Wire))}; not '{text}'.");

    private static ProblemException Malformed(string detail) => new Problem(ProblemKinds.MalformedRequest, detail).AsException();
}
