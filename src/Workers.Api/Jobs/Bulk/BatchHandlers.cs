using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Workers.Api.Http;
using Workers.Api.Problems;
using Workers.Contracts;
using Workers.Jobs;

namespace Workers.Api.Jobs.Bulk;

/// <summary>POST /v1/jobs:batch: many envelopes in one request, a line each; each is admitted or refused for itself.</summary>
internal sealed class BatchHandlers(JobPreparer preparer, JobSubmitter submitter)
{
    /// <summary>Most envelopes of one request.</summary>
    public const int MostLines = 10_000;

    /// <summary>Most bytes of one request.</summary>
    public const long MostBytes = 64 << 20;

    private const int AtOnce = 64;

    /// <summary>Submits them in the order of their lines: 207 with a status each.</summary>
    public async Task<IResult> SubmitAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = MostBytes;
        var key = IdempotencyKey.Of(context.Request);
        var results = new List<BatchResult>();
        var underWay = new Queue<Task<BatchResult>>();
        try
        {
            await foreach (var (number, line) in new NdjsonLines(context.Request, JsonBody.Limit, MostLines).ReadAsync(context.RequestAborted))
            {
                // Begun in order and sent over one connection in order: Redis admits them in order, without a round trip for each. The first
                // alone, because it may have to bring the script to Redis.
                underWay.Enqueue(SubmitAsync(context, number, line, key));
                if (underWay.Count == AtOnce || number == 0)
                    results.Add(await underWay.Dequeue());
            }
        }
        catch (ProblemException error) when (results.Count + underWay.Count > 0)
        {
            // What came before is admitted; the answer must say so. Nothing after this line was read.
            underWay.Enqueue(Task.FromResult(Refused(context, results.Count + underWay.Count, error)));
        }
        finally
        {
            results.AddRange(await Task.WhenAll(underWay));
        }

        if (results.Count == 0)
            throw new Problem(ProblemKinds.MalformedRequest, "The body has no line; each line is one envelope as for POST /v1/jobs.").AsException();
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(new BatchDocument(results), WireJson.Readable.BatchDocument, statusCode: StatusCodes.Status207MultiStatus);
    }

    private async Task<BatchResult> SubmitAsync(HttpContext context, int number, ReadOnlyMemory<byte> line, string? key)
    {
        try
        {
            var prepared = await preparer.PrepareAsync(context, EnvelopeReader.Read(JsonBody.Parse(line)));
            var identity = new SubmitIdentity(Submission.NewId()) { Key = key is null ? null : $"{key} line {number}" };
            var outcome = await submitter.SubmitAsync(context, prepared, identity);
            var status = outcome.Code == SubmitCode.Created ? StatusCodes.Status202Accepted : StatusCodes.Status200OK;
            return new BatchResult(number, status, outcome.JobId, outcome.State?.Wire(), $"/v1/jobs/{outcome.JobId}", null);
        }
        catch (Exception error) when (error is not OperationCanceledException && ProblemMapping.Of(error) is not null)
        {
            return Refused(context, number, error);
        }
    }

    private static BatchResult Refused(HttpContext context, int number, Exception error)
    {
        var problem = ProblemWriter.Document(context, ProblemMapping.Of(error)!);
        return new BatchResult(number, problem.Status, problem.JobId, null, null, problem);
    }
}
