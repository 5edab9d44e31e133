using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Workers.Api.Http;
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

    /// <summary>Submits them in the order of their lines: 207 with a status each.</summary>
    public Task<IResult> SubmitAsync(HttpContext context)
    {
        var key = IdempotencyKey.Of(context.Request);
        var order = new LineOrder();
        return BatchPipeline.RunAsync(
            context, Lines(context), (number, line) => SubmitAsync(context, number, line, key, order),
            "The body has no line; each line is one envelope as for POST /v1/jobs.");
    }

    /// <summary>The lines of a batch's body.</summary>
    public static IAsyncEnumerable<(int Number, ReadOnlyMemory<byte> Line)> Lines(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = MostBytes;
        return new NdjsonLines(context.Request, JsonBody.Limit, MostLines).ReadAsync(context.RequestAborted);
    }

    // A line whose files are fetched holds up those behind it, at most 64 and as long as a fetch may take: jobs of one orderingKey run in this order.
    private async Task<BatchResult> SubmitAsync(HttpContext context, int number, ReadOnlyMemory<byte> line, string? key, LineOrder order)
    {
        using var turn = order.Next();
        var prepared = await preparer.PrepareAsync(context, EnvelopeReader.Read(JsonBody.Parse(line)));
        var identity = new SubmitIdentity(Submission.NewId()) { Key = key is null ? null : $"{key} line {number}" };
        await turn.ComesAsync(context.RequestAborted);
        var submitted = submitter.SubmitAsync(context, prepared, identity);
        turn.Dispose(); // On its way: whatever is sent from now on comes behind it.
        var outcome = await submitted;
        var status = outcome.Code == SubmitCode.Created ? StatusCodes.Status202Accepted : StatusCodes.Status200OK;
        return new BatchResult(number, status, outcome.JobId, outcome.State?.Wire(), $"/v1/jobs/{outcome.JobId}", null);
    }
}
