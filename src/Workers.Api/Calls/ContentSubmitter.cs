using Microsoft.AspNetCore.Http;
using Workers.Api.Assets;
using Workers.Api.Caching;
using Workers.Api.Jobs;
using Workers.Api.Problems;
using Workers.Contracts;
using Workers.Jobs;

namespace Workers.Api.Calls;

/// <summary>
/// Submits calls whose answer follows from their input: a stored result is named at once; else the same input is the same job, as long as that is
/// remembered, and once it is over its result is named with it.
/// </summary>
internal sealed class ContentSubmitter(JobSubmitter submitter, CachedSubmitter cached, RenderCache cache, JobStore jobs)
{
    private const int MostTries = 4;

    /// <summary>Submits: 202 when it is still to be done, 200 with the result's place when it has been.</summary>
    /// <exception cref="ProblemException">Refused as any submit may be.</exception>
    public async Task<BatchResult> SubmitAsync(HttpContext context, PreparedJob prepared, int number)
    {
        var plan = await cache.PlanAsync(
            prepared with { Specification = prepared.Specification with { Tags = [] } }, CacheWish.Use, hasIdempotencyKey: false, context.RequestAborted);
        return plan.Looks ? await SubmitCachedAsync(context, prepared, plan, number) : await SubmitRememberedAsync(context, prepared, number);
    }

    // Its job may be forgotten while its result is kept: then the result has a place of its own only where it is a file.
    private async Task<BatchResult> SubmitCachedAsync(HttpContext context, PreparedJob prepared, CachePlan plan, int number)
    {
        while (true)
        {
            (var outcome, plan) = await cached.SubmitAsync(context, prepared, new SubmitIdentity(Submission.NewId()), plan);
            if (outcome.Stored is not { } stored)
                return new BatchResult(number, StatusCodes.Status202Accepted, outcome.JobId, outcome.State?.Wire(), $"/v1/jobs/{outcome.JobId}", null);
            var asset = stored.Result.Artifacts is [var main, ..] ? main.Asset : null;
            var isKnown = await jobs.FindAsync(stored.JobId, context.RequestAborted) is not null;
            if (!isKnown && asset is null)
            {
                plan = plan.Without(stored.JobId, "miss");
                continue;
            }

            return new BatchResult(
                number, StatusCodes.Status200OK, isKnown ? stored.JobId : null, JobState.Succeeded.Wire(), isKnown ? $"/v1/jobs/{stored.JobId}" : null, null)
            {
                Result = isKnown ? $"/v1/jobs/{stored.JobId}/result" : $"/v1/assets/sha256/{AssetId.Hex(asset!)}",
                Asset = asset,
            };
        }
    }

    private async Task<BatchResult> SubmitRememberedAsync(HttpContext context, PreparedJob prepared, int number)
    {
        var outcome = await SubmitAsync(context, prepared);
        var done = outcome.State == JobState.Succeeded ? await jobs.FindAsync(outcome.JobId, context.RequestAborted) : null;
        return new BatchResult(
            number, done is null ? StatusCodes.Status202Accepted : StatusCodes.Status200OK, outcome.JobId, outcome.State?.Wire(),
            $"/v1/jobs/{outcome.JobId}", null)
        {
            Result = done is null ? null : $"/v1/jobs/{outcome.JobId}/result",
            Asset = done?.Result?.Artifacts is [var main, ..] ? main.Asset : null,
        };
    }

    private async Task<SubmitOutcome> SubmitAsync(HttpContext context, PreparedJob prepared)
    {
        if (KeyOf(prepared) is not { } key)
            return await submitter.SubmitAsync(context, prepared, new SubmitIdentity(Submission.NewId()));
        // Whoever asks, and however urgently, it is the same question.
        var asked = prepared with { Asked = Plain(prepared.Specification) };
        for (var tries = 1; ; tries++)
        {
            var identity = new SubmitIdentity(Submission.NewId()) { Key = key };
            try
            {
                var outcome = await submitter.SubmitAsync(context, asked, identity);
                if (tries == MostTries || outcome.Code == SubmitCode.Created || outcome.State is not (JobState.Failed or JobState.Canceled))
                    return outcome;
                key = $"{key[..KeyLength]} after {outcome.JobId}"; // It came to nothing: once more.
            }
            catch (ProblemException gone) when (gone.Problem.Kind == ProblemKinds.KeyGone && tries < MostTries)
            {
                key = $"{key[..KeyLength]} after {gone.Problem.JobId}";
            }
        }
    }

    private const string KeyPrefix = "(content) ";
    private const int KeyLength = 10 + 64;

    // What is read from a root may be other bytes by now under the same name; what is named by content never is.
    private static string? KeyOf(PreparedJob prepared) =>
        prepared.Function.Report.Cacheable
        && prepared.Function.Schema.Assets(prepared.Specification.Input, "").All(
            asset => !asset.Value.StartsWith(RootFiles.Prefix, StringComparison.Ordinal))
            ? KeyPrefix + RequestHash.Of(Plain(prepared.Specification))
            : null;

    private static JobSpecification Plain(JobSpecification specification) =>
        specification with { Priority = 0, Tags = [], TimeoutSeconds = null, Supersedes = null };
}
