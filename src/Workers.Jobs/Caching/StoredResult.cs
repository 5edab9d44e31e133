using System.Text.Json;

namespace Workers.Jobs;

/// <summary>A result that outlives its job.</summary>
/// <param name="JobId">The job that made it; its record may be gone.</param>
/// <param name="Result">What it delivered.</param>
/// <param name="Reads">Files that it depends on (<c>root:NAME/path</c>) with the SHA-256 in hex that they had.</param>
public sealed record StoredResult(string JobId, JobResult Result, IReadOnlyDictionary<string, string> Reads)
{
    internal static StoredResult Read(string job, string result, string reads) =>
        new(
            job,
            JsonSerializer.Deserialize(result, JobJson.Default.JobResult)!,
            reads.Length == 0 ? [] : JsonSerializer.Deserialize(reads, JobJson.Default.DictionaryStringString)!);
}
