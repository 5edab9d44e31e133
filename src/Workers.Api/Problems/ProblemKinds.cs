using System.Collections.Frozen;
using System.Reflection;

namespace Workers.Api.Problems;

/// <summary>Every kind of problem this API answers. Nothing else is sent under <c>code</c>.</summary>
public static class ProblemKinds
{
    /// <summary>The request cannot be read: JSON, header, or query.</summary>
    public static readonly ProblemKind MalformedRequest = new("malformed_request", 400, "The request cannot be read");

    /// <summary>The Host header names somebody else (DNS rebinding).</summary>
    public static readonly ProblemKind HostNotAllowed = new("host_not_allowed", 400, "This host name is not served here");

    /// <summary>No key, or a wrong one.</summary>
    public static readonly ProblemKind Unauthenticated = new("unauthenticated", 401, "An API key is needed");

    /// <summary>The key's role does not suffice.</summary>
    public static readonly ProblemKind Forbidden = new("forbidden", 403, "This key may not do that");

    /// <summary>A browser sent it from a page of a foreign origin.</summary>
    public static readonly ProblemKind OriginNotAllowed = new("origin_not_allowed", 403, "Pages of this origin may not call");

    /// <summary>No key of this server signed this URL.</summary>
    public static readonly ProblemKind UrlNotSigned = new("url_not_signed", 403, "The URL's signature is wrong");

    /// <summary>The URL's time is over.</summary>
    public static readonly ProblemKind UrlExpired = new("url_expired", 403, "The URL has expired");

    /// <summary>Signed, but not written in the one way there is.</summary>
    public static readonly ProblemKind UrlNotCanonical = new("url_not_canonical", 403, "The URL is not in canonical form");

    /// <summary>There is nothing at this path.</summary>
    public static readonly ProblemKind RouteNotFound = new("route_not_found", 404, "There is nothing at this path");

    /// <summary>No such job.</summary>
    public static readonly ProblemKind JobNotFound = new("job_not_found", 404, "No such job");

    /// <summary>The job has no such artifact, snapshot or log.</summary>
    public static readonly ProblemKind PartNotFound = new("part_not_found", 404, "The job has no such part");

    /// <summary>No such asset.</summary>
    public static readonly ProblemKind AssetNotFound = new("asset_not_found", 404, "No such asset");

    /// <summary>No such engine, by path.</summary>
    public static readonly ProblemKind EngineNotFound = new("engine_not_found", 404, "No such engine");

    /// <summary>No such function, by path.</summary>
    public static readonly ProblemKind FunctionNotFound = new("function_not_found", 404, "No such function");

    /// <summary>No such template, or no such version of it.</summary>
    public static readonly ProblemKind TemplateNotFound = new("template_not_found", 404, "No such template");

    /// <summary>No such node.</summary>
    public static readonly ProblemKind NodeNotFound = new("node_not_found", 404, "No such node");

    /// <summary>No such worker.</summary>
    public static readonly ProblemKind WorkerNotFound = new("worker_not_found", 404, "No such worker");

    /// <summary>The path exists, the method does not.</summary>
    public static readonly ProblemKind MethodNotAllowed = new("method_not_allowed", 405, "This path does not take this method");

    /// <summary>Nothing the client accepts can be made.</summary>
    public static readonly ProblemKind NotAcceptable = new("not_acceptable", 406, "None of the accepted types can be made");

    /// <summary>The chosen id belongs to another job.</summary>
    public static readonly ProblemKind JobIdTaken = new("job_id_taken", 409, "This id belongs to a different job");

    /// <summary>The job is not over yet.</summary>
    public static readonly ProblemKind JobNotOver = new("job_not_over", 409, "The job is not over");

    /// <summary>The job runs or is over: it cannot be changed any more.</summary>
    public static readonly ProblemKind JobBegun = new("job_begun", 409, "The job has begun");

    /// <summary>The job failed, so it has no result.</summary>
    public static readonly ProblemKind JobFailed = new("job_failed", 409, "The job failed");

    /// <summary>The job was canceled.</summary>
    public static readonly ProblemKind JobCanceled = new("job_canceled", 409, "The job was canceled");

    /// <summary>A newer job of the same superseding key took the job's place before it was started.</summary>
    public static readonly ProblemKind JobSuperseded = new("job_superseded", 409, "A newer job took this one's place");

    /// <summary>Jobs or templates use the asset.</summary>
    public static readonly ProblemKind AssetInUse = new("asset_in_use", 409, "Jobs or templates use this asset");

    /// <summary>The template's newest version cannot be deleted alone.</summary>
    public static readonly ProblemKind TemplateVersionNewest = new("template_version_newest", 409, "The newest version stays with its template");

    /// <summary>The engine's function has changed since the template was stored.</summary>
    public static readonly ProblemKind TemplateOutdated = new("template_outdated", 409, "The template does not fit its function any more");

    /// <summary>The version was there and is not kept any more.</summary>
    public static readonly ProblemKind TemplateVersionGone = new("template_version_gone", 410, "This version of the template is gone");

    /// <summary>A file that the template names is gone.</summary>
    public static readonly ProblemKind TemplateFileGone = new("template_file_gone", 410, "A file of the template is gone");

    /// <summary>What is there is not what If-Match or If-None-Match asks for.</summary>
    public static readonly ProblemKind PreconditionFailed = new("precondition_failed", 412, "It has changed in the meantime");

    /// <summary>The idempotency key's job was deleted.</summary>
    public static readonly ProblemKind KeyGone = new("idempotency_key_gone", 410, "The job of this idempotency key was deleted");

    /// <summary>The job is known, its bytes are gone.</summary>
    public static readonly ProblemKind ResultGone = new("result_gone", 410, "The bytes are gone");

    /// <summary>The body is larger than allowed.</summary>
    public static readonly ProblemKind TooLarge = new("too_large", 413, "The body is too large");

    /// <summary>The body's type is not taken here.</summary>
    public static readonly ProblemKind UnsupportedMediaType = new("unsupported_media_type", 415, "This media type is not taken here");

    /// <summary>The asked range lies outside the bytes.</summary>
    public static readonly ProblemKind RangeNotSatisfiable = new("range_not_satisfiable", 416, "The range lies outside the bytes");

    /// <summary>Read, but wrong; <c>errors</c> says where.</summary>
    public static readonly ProblemKind InvalidInput = new("invalid_input", 422, "The input is wrong");

    /// <summary>The input names bytes that are not stored.</summary>
    public static readonly ProblemKind UnknownAsset = new("unknown_asset", 422, "The input names an asset that is not stored");

    /// <summary>A rule of this server stands against fetching the URL: its host's address, where it redirects to, its size.</summary>
    public static readonly ProblemKind UrlRefused = new("url_refused", 422, "The URL is not fetched");

    /// <summary>The idempotency key belongs to a different request.</summary>
    public static readonly ProblemKind KeyReused = new("idempotency_key_reused", 422, "This idempotency key belongs to a different request");

    /// <summary>The bytes are not the announced ones.</summary>
    public static readonly ProblemKind DigestMismatch = new("digest_mismatch", 422, "The bytes do not match their digest");

    /// <summary>The engine's queue is full.</summary>
    public static readonly ProblemKind QueueFull = new("queue_full", 429, "The queue is full", Retryable: true);

    /// <summary>There are as many templates as may be.</summary>
    public static readonly ProblemKind TooManyTemplates = new("too_many_templates", 429, "There are too many templates");

    /// <summary>Our bug.</summary>
    public static readonly ProblemKind Internal = new("internal", 500, "The server failed");

    /// <summary>The function raised.</summary>
    public static readonly ProblemKind EngineError = new("engine_error", 502, "The engine could not do it");

    /// <summary>The engine crashed.</summary>
    public static readonly ProblemKind EngineCrashed = new("engine_crashed", 502, "The engine crashed", Retryable: true);

    /// <summary>What the engine wrote was refused.</summary>
    public static readonly ProblemKind OutputRejected = new("output_rejected", 502, "The engine's output was refused");

    /// <summary>The URL's server did not deliver the file.</summary>
    public static readonly ProblemKind UrlFailed = new("url_failed", 502, "The URL could not be fetched", Retryable: true);

    /// <summary>Redis does not answer.</summary>
    public static readonly ProblemKind RedisUnavailable = new("redis_unavailable", 503, "The job store does not answer", Retryable: true);

    /// <summary>Configured, but no node can run it.</summary>
    public static readonly ProblemKind EngineUnavailable = new("engine_unavailable", 503, "The engine is not available", Retryable: true);

    /// <summary>This process is stopping; the job goes on.</summary>
    public static readonly ProblemKind Stopping = new("stopping", 503, "This server is stopping", Retryable: true);

    /// <summary>Its node was lost too often.</summary>
    public static readonly ProblemKind NodeLost = new("node_lost", 503, "The job's node was lost", Retryable: true);

    /// <summary>The artifact could not be stored.</summary>
    public static readonly ProblemKind StoreFailed = new("store_failed", 503, "The output could not be stored", Retryable: true);

    /// <summary>The blob store does not answer or is full.</summary>
    public static readonly ProblemKind StoreUnavailable = new("store_unavailable", 503, "The blob store cannot be used", Retryable: true);

    /// <summary>It was not started in time.</summary>
    public static readonly ProblemKind QueueTimeout = new("queue_timeout", 503, "The job was not started in time", Retryable: true);

    /// <summary>The URL's server took too long.</summary>
    public static readonly ProblemKind UrlTimeout = new("url_timeout", 504, "The URL took too long", Retryable: true);

    /// <summary>The engine gave no sign of life.</summary>
    public static readonly ProblemKind Stalled = new("stalled", 504, "The engine gave no sign of life", Retryable: true);

    /// <summary>The job's time was over.</summary>
    public static readonly ProblemKind Deadline = new("deadline", 504, "The job's time was over");

    /// <summary>The call was held as long as allowed; the job goes on.</summary>
    public static readonly ProblemKind StillRunning = new("still_running", 504, "The job is not over yet", Retryable: true);

    /// <summary>All of them by code.</summary>
    public static readonly FrozenDictionary<string, ProblemKind> ByCode = typeof(ProblemKinds)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Where(field => field.FieldType == typeof(ProblemKind))
        .Select(field => (ProblemKind)field.GetValue(null)!)
        .ToFrozenDictionary(kind => kind.Code);

    /// <summary>The kind for what the framework answers by itself with a bare status (routing, binding, ranges), or null.</summary>
    public static ProblemKind? OfBareStatus(int status) => status switch
    {
        400 => MalformedRequest,
        404 => RouteNotFound,
        405 => MethodNotAllowed,
        406 => NotAcceptable,
        412 => PreconditionFailed,
        413 => TooLarge,
        415 => UnsupportedMediaType,
        416 => RangeNotSatisfiable,
        500 => Internal,
        _ => null,
    };
}
