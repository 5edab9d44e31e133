using Microsoft.AspNetCore.Http;
using Workers.Api.Http;
using Workers.Api.Jobs;
using Workers.Blobs;
using Workers.Jobs;

namespace Workers.Api.Caching;

/// <summary>Answers a call by a stored result whose files are as they were.</summary>
internal sealed class StoredAnswer(RenderCache cache, IBlobStore blobs, JobStore jobs, JobAnswer answer, CacheStatus status)
{
    /// <summary>The answer, or null where its bytes are gone.</summary>
    public async Task<IResult?> OfAsync(HttpContext context, CacheKey key, StoredResult stored)
    {
        if (await cache.WarmAsync(key, stored, context.RequestAborted) is { } hot)
        {
            status.Hit(context.Response, isHot: false);
            return hot.Answer();
        }

        if (stored.Result.Artifacts is not [var main, ..])
            return null;
        var hex = AssetId.Hex(main.Asset);
        context.Response.Headers["Job-Id"] = stored.JobId;
        context.Response.Headers.ContentLocation = $"/v1/assets/sha256/{hex}";
        var bytes = await BlobAnswer.OfAsync(context, blobs, hex, main.MediaType, main.Name, immutable: false);
        if (bytes is not null)
            status.Hit(context.Response, isHot: false);
        return bytes;
    }

    /// <summary>The document of the job that made the result, or null where its record is gone.</summary>
    /// <param name="context">The request.</param>
    /// <param name="stored">The result.</param>
    /// <param name="status202">Answer 202, as who asked not to wait expects.</param>
    /// <param name="minimal">No body.</param>
    public async Task<IResult?> JobAsync(HttpContext context, StoredResult stored, bool status202, bool minimal)
    {
        if (await jobs.FindAsync(stored.JobId, context.RequestAborted) is not { State: JobState.Succeeded } job)
            return null;
        status.Hit(context.Response, isHot: false);
        return await answer.StatusAsync(context, job, status202 ? StatusCodes.Status202Accepted : StatusCodes.Status200OK, minimal);
    }
}
