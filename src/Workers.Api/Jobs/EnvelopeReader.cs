using System.Text.Json.Nodes;
using Workers.Api.Problems;
using Workers.Contracts;
using Workers.Jobs;

namespace Workers.Api.Jobs;

/// <summary>Reads a submitted envelope: every field's name, type and range; the input itself is checked by <see cref="JobPreparer"/>.</summary>
internal static class EnvelopeReader
{
    /// <summary>The names of an envelope's fields.</summary>
    public static readonly IReadOnlyList<string> Names =
    [
        "engine", "function", "name", "input", "priority", "timeoutSeconds", "queueTimeoutSeconds", "maxAttempts", "runAfter", "ttlSeconds",
        "orderingKey", "supersedes", "requires", "tags", "metadata",
    ];

    /// <summary>Reads an envelope.</summary>
    /// <exception cref="ProblemException">422 with every wrong place.</exception>
    public static JobSpecification Read(JsonObject envelope)
    {
        var fields = new FieldReader(envelope, Names);
        var specification = new JobSpecification
        {
            Engine = fields.Name("engine") ?? fields.Missing("engine"),
            Function = fields.Name("function") ?? fields.Missing("function"),
            Name = fields.Text("name", JobLimits.NameLength),
            Input = fields.Object("input") ?? [],
            Priority = fields.Integer("priority", 0, 100) ?? Priorities.Normal,
            TimeoutSeconds = fields.Number("timeoutSeconds", 0.001, JobLimits.TimeoutSeconds),
            QueueTimeoutSeconds = fields.Number("queueTimeoutSeconds", 0.001, JobLimits.QueueTimeoutSeconds),
            MaxAttempts = fields.Integer("maxAttempts", 1, 20) ?? 3,
            RunAfter = fields.Time("runAfter"),
            TtlSeconds = fields.Number("ttlSeconds", 0, JobLimits.TtlSeconds) ?? 86_400,
            OrderingKey = fields.Text("orderingKey", JobLimits.KeyLength),
            Supersedes = fields.Text("supersedes", JobLimits.KeyLength),
            Requires = fields.Labels("requires"),
            Tags = fields.Texts("tags", JobLimits.Tags, JobLimits.TagLength),
            Metadata = fields.Map("metadata", JobLimits.MetadataEntries, JobLimits.MetadataLength),
        };
        if (fields.Errors.Count > 0)
            throw Wrong(fields.Errors);
        return specification;
    }

    /// <summary>422 with every wrong place.</summary>
    public static ProblemException Wrong(IReadOnlyList<ProblemError> errors)
    {
        var more = errors.Count > 1 ? $" ({errors.Count - 1} more under errors)" : "";
        return new Problem(ProblemKinds.InvalidInput, $"{errors[0].Pointer}: {errors[0].Detail}{more}") { Errors = errors }.AsException();
    }
}
