using System.Text.Json.Nodes;

namespace Workers.Jobs.Tests.Jobs;

/// <summary>Plain examples that tests vary.</summary>
internal static class Some
{
    internal static readonly ClaimRequest Claim = new("e", "n", "b", "w", 1, new Dictionary<string, string>());

    internal static JobSpecification Specification => new() { Engine = "e", Function = "f", Input = new JsonObject() };

    internal static Submission Submission(string id, Func<JobSpecification, JobSpecification>? with = null, string client = "c") => new()
    {
        Id = id,
        Client = client,
        BodyHash = "body of " + id,
        Specification = with is null ? Specification : with(Specification),
    };
}
