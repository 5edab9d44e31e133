using Microsoft.AspNetCore.Http;
using Workers.Api.Problems;
using Workers.Jobs;

namespace Workers.Api.Jobs;

/// <summary>Submits what an ended job asked for again, as a new job with <c>retryOf</c>.</summary>
internal sealed class JobRetrier(JobPreparer preparer, JobSubmitter submitter)
{
    /// <summary>Submits it again, at once even where the first was to wait for a time.</summary>
    /// <exception cref="ProblemException">Refused as any submit may be.</exception>
    public async Task<SubmitOutcome> RetryAsync(HttpContext context, Job job, SubmitIdentity identity)
    {
        var specification = job.Specification with { Input = job.Specification.Input.DeepClone().AsObject(), RunAfter = null };
        var prepared = await preparer.PrepareAsync(context, specification);
        return await submitter.SubmitAsync(context, prepared, identity with { RetryOf = job.Id });
    }
}
