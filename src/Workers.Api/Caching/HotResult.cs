using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Workers.Api.Http;
using Workers.Jobs;

namespace Workers.Api.Caching;

/// <summary>A small stored result with its bytes and every header of its answer, ready to be written.</summary>
internal sealed class HotResult
{
    /// <summary>The type of what a function without a picture answers.</summary>
    public const string Json = "application/json";

    private readonly StringValues tag;
    private readonly StringValues location;
    private readonly StringValues disposition;
    private readonly StringValues job;
    private long checkedAt;

    /// <summary>Of an artifact, or of a function's JSON where <paramref name="artifact"/> is null.</summary>
    /// <param name="stored">The result.</param>
    /// <param name="artifact">Its main artifact.</param>
    /// <param name="bytes">What is answered. Not to be written to.</param>
    /// <param name="now">When it was found to be stored: a timestamp of the process's clock.</param>
    public HotResult(StoredResult stored, JobArtifact? artifact, byte[] bytes, long now)
    {
        (Stored, Bytes, checkedAt) = (stored, bytes, now);
        MediaType = artifact?.MediaType ?? Json;
        Hex = artifact is null ? null : AssetId.Hex(artifact.Asset);
        tag = Hex is null ? default : new StringValues($"\"{Hex}\"");
        location = Hex is null ? default : new StringValues($"/v1/assets/sha256/{Hex}");
        disposition = artifact is null ? default : new StringValues(BlobAnswer.Disposition(artifact.MediaType, artifact.Name));
        job = stored.JobId;
    }

    /// <summary>What is stored.</summary>
    public StoredResult Stored { get; }

    /// <summary>The body.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Its type.</summary>
    public string MediaType { get; }

    /// <summary>SHA-256 of an artifact's bytes: its strong entity tag. Null for JSON.</summary>
    public string? Hex { get; }

    /// <summary>When it was last found to be stored, or somebody last set out to look: a timestamp.</summary>
    public long CheckedAt => Volatile.Read(ref checkedAt);

    /// <summary>True for one of all that saw it to be due: he looks.</summary>
    /// <param name="seen">The <see cref="CheckedAt"/> that was seen.</param>
    /// <param name="now">A timestamp.</param>
    public bool TakesLook(long seen, long now) => Interlocked.CompareExchange(ref checkedAt, now, seen) == seen;

    /// <summary>It is still stored.</summary>
    /// <param name="now">A timestamp.</param>
    public void NoteChecked(long now) => Volatile.Write(ref checkedAt, now);

    /// <summary>The answer. Headers that are set already (Cache-Control) stay.</summary>
    public IResult Answer() => new HotAnswer(this);

    private sealed class HotAnswer(HotResult hot) : IResult
    {
        public async Task ExecuteAsync(HttpContext context)
        {
            var (request, response) = (context.Request.Headers, context.Response);
            var headers = response.Headers;
            headers["Job-Id"] = hot.job;
            if (hot.Hex is not null)
            {
                headers.ContentLocation = hot.location;
                headers.ContentDisposition = hot.disposition;
                BlobAnswer.SetSafety(headers);
                if (headers.CacheControl.Count == 0)
                    headers.CacheControl = BlobAnswer.Revalidated;
            }

            var isConditional = request.IfNoneMatch.Count + request.IfMatch.Count + request.IfModifiedSince.Count + request.IfUnmodifiedSince.Count
                + request.Range.Count > 0;
            if (isConditional || HttpMethods.IsHead(context.Request.Method))
            {
                var entityTag = hot.Hex is null ? null : new EntityTagHeaderValue(hot.tag.ToString());
                await TypedResults.Bytes(hot.Bytes, hot.MediaType, enableRangeProcessing: hot.Hex is not null, entityTag: entityTag).ExecuteAsync(context);
                return;
            }

            headers.ContentType = hot.MediaType;
            headers.ContentLength = hot.Bytes.Length;
            if (hot.Hex is not null)
            {
                headers.ETag = hot.tag;
                headers.AcceptRanges = "bytes";
            }

            await response.BodyWriter.WriteAsync(hot.Bytes, context.RequestAborted);
        }
    }
}
