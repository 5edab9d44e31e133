using Microsoft.AspNetCore.Http;
using Workers.Api.Http;
using Workers.Api.Problems;
using Workers.Contracts;
using Workers.Jobs;

namespace Workers.Api.Jobs;

/// <summary>PATCH /v1/jobs/{id}: priority, tags and time limit while the job has not begun (a merge patch, RFC 7396).</summary>
internal sealed class ChangeHandlers(JobStore jobs, JobAnswer answer)
{
    private const int MaxTries = 10;
    private static readonly string[] Names = ["priority", "tags", "timeoutSeconds"];

    /// <summary>Changes it.</summary>
    public async Task<IResult> PatchAsync(HttpContext context, string id)
    {
        var change = Read(await JsonBody.ReadObjectAsync(context.Request, context.RequestAborted));
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var job = await answer.FindAsync(id, context.RequestAborted);
            switch (await jobs.ChangeAsync(job, change(job.Specification), context.RequestAborted))
            {
                case ChangeOutcome.Changed:
                    var changed = await answer.FindAsync(id, context.RequestAborted);
                    return await answer.StatusAsync(context, changed, StatusCodes.Status200OK, Preferences.Of(context.Request).Minimal);
                case ChangeOutcome.Unknown:
                    throw JobAnswer.NotFound(id);
                case ChangeOutcome.Begun:
                    throw Begun(id, "It runs already");
                case ChangeOutcome.Over:
                    throw Begun(id, "It is over");
                case ChangeOutcome.Stale:
                    break; // Moved on between reading and writing: once more.
                case var other:
                    throw new InvalidOperationException($"change.lua answered {other}.");
            }
        }

        throw Begun(id, "It changed each time this was tried");
    }

    private static Func<JobSpecification, JobSpecification> Read(System.Text.Json.Nodes.JsonObject body)
    {
        var fields = new FieldReader(body, Names);
        var priority = fields.Integer("priority", 0, 100);
        var tags = fields.Texts("tags", JobLimits.Tags, JobLimits.TagLength);
        var timeout = fields.Number("timeoutSeconds", 0.001, JobLimits.TimeoutSeconds);
        if (fields.Errors.Count > 0)
            throw EnvelopeReader.Wrong(fields.Errors);
        if (body.Count == 0)
            throw EnvelopeReader.Wrong([new ProblemError("", $"Name what shall change: {string.Join(", ", Names)}.")]);
        // null is the default again.
        return specification => specification with
        {
            Priority = body.ContainsKey("priority") ? priority ?? Priorities.Normal : specification.Priority,
            Tags = body.ContainsKey("tags") ? tags : specification.Tags,
            TimeoutSeconds = body.ContainsKey("timeoutSeconds") ? timeout : specification.TimeoutSeconds,
        };
    }

    private static ProblemException Begun(string id, string why) =>
        new Problem(ProblemKinds.JobBegun, $"{why}; only waiting, scheduled and queued jobs can be changed.") { JobId = id }.AsException();
}
