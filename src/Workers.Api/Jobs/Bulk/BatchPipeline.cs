using Microsoft.AspNetCore.Http;
using Workers.Api.Problems;
using Workers.Contracts;

namespace Workers.Api.Jobs.Bulk;

/// <summary>Submits many: begun in order, answered in order, a refusal for each that is wrong; many under way at once.</summary>
internal static class BatchPipeline
{
    private const int AtOnce = 64;

    /// <summary>Submits all of them: 207 with a status each.</summary>
    /// <param name="context">The request.</param>
    /// <param name="items">What is submitted, numbered from 0.</param>
    /// <param name="submit">Submits one; what it throws for a client is that one's answer.</param>
    /// <param name="nothing">What to answer where there is no item at all.</param>
    public static async Task<IResult> RunAsync<T>(
        HttpContext context, IAsyncEnumerable<(int Number, T Item)> items, Func<int, T, Task<BatchResult>> submit, string nothing)
    {
        var results = new List<BatchResult>();
        var underWay = new Queue<Task<BatchResult>>();
        try
        {
            await foreach (var (number, item) in items)
            {
                // Begun in order and sent over one connection in order: Redis admits them in order, without a round trip for each. The first
                // alone, because it may have to bring the script to Redis.
                underWay.Enqueue(OneAsync(context, number, item, submit));
                if (underWay.Count == AtOnce || number == 0)
                    results.Add(await underWay.Dequeue());
            }
        }
        catch (ProblemException error) when (results.Count + underWay.Count > 0)
        {
            // What came before is admitted; the answer must say so. Nothing after this item was read.
            underWay.Enqueue(Task.FromResult(Refused(context, results.Count + underWay.Count, error)));
        }
        finally
        {
            results.AddRange(await Task.WhenAll(underWay));
        }

        if (results.Count == 0)
            throw new Problem(ProblemKinds.MalformedRequest, nothing).AsException();
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(new BatchDocument(results), WireJson.Readable.BatchDocument, statusCode: StatusCodes.Status207MultiStatus);
    }

    private static async Task<BatchResult> OneAsync<T>(HttpContext context, int number, T item, Func<int, T, Task<BatchResult>> submit)
    {
        try
        {
            return await submit(number, item);
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
