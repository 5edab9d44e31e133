using System.Collections.Frozen;
using Microsoft.OpenApi;

namespace Workers.Api.OpenApi;

/// <summary>What the parameters of paths, queries and headers mean: one name, one meaning, wherever it stands.</summary>
internal static class ParameterWords
{
    // Names that mean another thing elsewhere stand here with their collection.
    private static readonly FrozenDictionary<string, string> Words = new Dictionary<string, string>
    {
        ["jobs/id"] = "The job's id.",
        ["jobs/name"] = "The artifact's name, as the job lists it.",
        ["nodes/id"] = "The node's id, as GET /v1/nodes lists it.",
        ["workers/id"] = "The worker's id, as GET /v1/workers lists it.",
        ["engines/name"] = "The engine's name, as GET /v1/engines lists it.",
        ["templates/name"] = "The template's name.",
        ["events/type"] = "Only events of this type.",
        ["hex"] = "SHA-256 of the bytes: 64 hexadecimal digits in lower case.",
        ["function"] = "The function's name, as the engine lists it.",
        ["extension"] = "The format of the picture, as a file's extension.",
        ["signature"] = "HMAC-SHA256 of all that stands behind it, base64url without padding.",
        ["keyId"] = "The id of the key that signed.",
        ["template"] = "NAME, or NAME@VERSION.",
        ["parameters"] = "name=value, in the order of names, joined by commas; _ for none.",
        ["version"] = "A version of the template; left out: the newest.",
        ["after"] = "The id of the last event seen; those after it come first.",
        ["ticket"] = "A ticket for this job's events, in the place of a key: for pages, whose EventSource sends no headers.",
        ["attempt"] = "The attempt's number, from 1; left out: the newest.",
        ["tail"] = "Only so many lines, the last ones.",
        ["follow"] = "true: go on as more is printed, until the job is over.",
        ["include"] = "input: also the job's input.",
        ["wait"] = "Seconds to hold the answer until the job is over, 0 to 300.",
        ["dryRun"] = "true: check, count and answer, and change nothing.",
        ["pageSize"] = "Most entries of a page.",
        ["pageToken"] = "The nextPageToken of the page before.",
        ["engine"] = "The engine's name; left out: the default for the function and the file's type.",
        ["filename"] = "The file's name, which tells its type.",
        ["timeoutSeconds"] = "How long the job may run, in seconds.",
        ["priority"] = "0 to 100; higher ones go first. 50 where nothing is said, 10 in batches.",
        ["tag"] = "A tag of the jobs; may be given several times where jobs are made.",
        ["state"] = "Jobs in that state.",
        ["client"] = "Jobs of that client.",
        ["supersedes"] = "Newest wins: jobs of the same key that have not begun end canceled.",
        ["Idempotency-Key"] = "Sent again with the same body, it answers the job that was made the first time.",
        ["Prefer"] = "wait=SECONDS, respond-async or return=minimal (RFC 7240).",
        ["Cache-Control"] = "no-cache: make the result anew; no-store: keep it from others, too (RFC 9111).",
        ["Content-Digest"] = "sha-256=:BASE64:; other bytes are refused (RFC 9530).",
        ["If-Match"] = "Only where the ETag is still this one (RFC 9110).",
        ["If-None-Match"] = "Only where there is none with this ETag; * for none at all (RFC 9110).",
        ["Range"] = "A part of the bytes: bytes=0-999 (RFC 9110).",
        ["Last-Event-ID"] = "As after: what an EventSource sends when it connects again.",
    }.ToFrozenDictionary();

    /// <summary>What a parameter means.</summary>
    /// <param name="path">The route's, from v1 on.</param>
    /// <param name="name">The parameter's.</param>
    /// <exception cref="KeyNotFoundException">Nobody said it yet: say it here.</exception>
    public static string Of(string path, string name)
    {
        var collection = path.Split('/', ':').ElementAtOrDefault(1) ?? "";
        return Words.TryGetValue($"{collection}/{name}", out var here) ? here : Words[name];
    }

    /// <summary>The JSON type of a parameter that no handler declares.</summary>
    public static JsonSchemaType TypeOf(string name) => name switch
    {
        "timeoutSeconds" => JsonSchemaType.Number,
        "priority" => JsonSchemaType.Integer,
        "dryRun" => JsonSchemaType.Boolean,
        _ => JsonSchemaType.String,
    };
}
