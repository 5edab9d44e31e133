using Microsoft.AspNetCore.Http;
using Workers.Api.Jobs;
using Workers.Jobs;

namespace Workers.Api.Caching;

/// <summary>Submits calls whose result may be stored already, or be in the making.</summary>
internal sealed class CachedSubmitter(JobSubmitter submitter, RenderCache cache)
{
    /// <summary>Submits; where a stored result answers, the files that it depends on are as they were.</summary>
    /// <param name="context">The request.</param>
    /// <param name="prepared">The call.</param>
    /// <param name="identity">Under which id.</param>
    /// <param name="plan">Of <see cref="RenderCache.PlanAsync"/>.</param>
    /// <returns>What became of it, and the plan that it was by in the end.</returns>
    /// <exception cref="Problems.ProblemException">Refused as any submit may be.</exception>
    public async Task<(SubmitOutcome Outcome, CachePlan Plan)> SubmitAsync(
        HttpContext context, PreparedJob prepared, SubmitIdentity identity, CachePlan plan)
    {
        while (true)
        {
            var outcome = await submitter.SubmitAsync(context, prepared, identity with { Cache = plan.Use });
            if (outcome.Stored is not { } stored || await cache.IsFreshAsync(stored.Reads, context.RequestAborted))
                return (outcome, plan);
            plan = plan.Without(stored.JobId, "stale");
        }
    }
}
