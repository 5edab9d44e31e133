using System.Globalization;
using Microsoft.AspNetCore.Http;
using Workers.Api.Http;
using Workers.Api.Problems;
using Workers.Blobs;
using Workers.Jobs;

namespace Workers.Api.Jobs;

/// <summary>Answers what a succeeded job delivered: its main artifact's bytes, or its JSON output where it has no artifact.</summary>
internal sealed class ResultAnswer(IBlobStore blobs)
{
    /// <summary>The answer.</summary>
    /// <exception cref="ProblemException">410: the record is there, the bytes are not.</exception>
    public async Task<IResult> OfAsync(HttpContext context, Job job)
    {
        var result = job.Result ?? new JobResult();
        SetJobHeaders(context.Response, job);
        if (result.Artifacts is not [var main, ..])
            return TypedResults.Text(result.Output?.ToJsonString() ?? "null", "application/json");
        return await ArtifactAsync(context, job, main);
    }

    /// <summary>One artifact's bytes.</summary>
    /// <exception cref="ProblemException">410: the record is there, the bytes are not.</exception>
    public async Task<IResult> ArtifactAsync(HttpContext context, Job job, JobArtifact artifact)
    {
        var hex = AssetId.Hex(artifact.Asset);
        context.Response.Headers.ContentLocation = $"/v1/assets/sha256/{hex}";
        return await BlobAnswer.OfAsync(context, blobs, hex, artifact.MediaType, artifact.Name, immutable: false)
            ?? throw new Problem(ProblemKinds.ResultGone,
                $"The bytes of {artifact.Name} ({artifact.Asset}) are no longer stored; POST /v1/jobs/{job.Id}/retry makes them anew.")
            {
                JobId = job.Id,
            }.AsException();
    }

    /// <summary>Tells which job answered and where its time went (Server-Timing, milliseconds).</summary>
    public static void SetJobHeaders(HttpResponse response, Job job)
    {
        response.Headers["Job-Id"] = job.Id;
        if (job.Result?.Timings is not { } timings)
            return;
        response.Headers["Server-Timing"] = string.Create(
            CultureInfo.InvariantCulture,
            $"queue;dur={JobDocuments.QueueSeconds(job) * 1000:0.###}, load;dur={timings.LoadSeconds * 1000:0.###}, "
                + $"run;dur={timings.RunSeconds * 1000:0.###}, encode;dur={timings.EncodeSeconds * 1000:0.###}");
    }
}
