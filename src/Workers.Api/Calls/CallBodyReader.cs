using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Workers.Api.Assets;
using Workers.Api.Http;
using Workers.Api.Problems;

namespace Workers.Api.Calls;

/// <summary>Reads what a call was sent: JSON, a form with files, or a raw file with its options in the query.</summary>
internal sealed class CallBodyReader(AssetIntake intake)
{
    /// <summary>Names in the query that are about the call, not the function's input.</summary>
    private static readonly HashSet<string> Reserved = ["engine", "wait", "filename", "priority", "timeoutSeconds", "tag", "supersedes"];

    /// <summary>Reads the body to its end; files are stored and registered.</summary>
    public async Task<CallBody> ReadAsync(HttpContext context)
    {
        var request = context.Request;
        var query = Options(request);
        if (JsonBody.IsJson(request))
            return new CallBody { Json = await JsonBody.ReadObjectAsync(request, context.RequestAborted), Fields = query };
        intake.AllowUpload(context);
        return MultipartBody.Is(request) ? await FormAsync(context, query) : await RawAsync(context, query);
    }

    /// <summary>What the query says of the function's input.</summary>
    public static Dictionary<string, List<string>> Options(HttpRequest request) =>
        request.Query.Where(pair => !Reserved.Contains(pair.Key))
            .ToDictionary(pair => pair.Key, pair => pair.Value.Select(text => text ?? "").ToList());

    private async Task<CallBody> FormAsync(HttpContext context, Dictionary<string, List<string>> query)
    {
        var parts = await MultipartBody.ReadAsync(context.Request, intake, context.RequestAborted);
        foreach (var (name, texts) in parts.Fields)
            (query.TryGetValue(name, out var known) ? known : query[name] = []).AddRange(texts);
        return new CallBody { Fields = query, Files = parts.Files };
    }

    private async Task<CallBody> RawAsync(HttpContext context, Dictionary<string, List<string>> query)
    {
        var request = context.Request;
        var content = await PeekedStream.OpenAsync(request.Body, FileKinds.PrefixLength, context.RequestAborted);
        if (content.Prefix.IsEmpty)
            return new CallBody { Fields = query };
        var name = request.Query["filename"].FirstOrDefault() ?? FileNames.OfDisposition(request.Headers.ContentDisposition);
        RefuseTypedText(request, content.Prefix, name);
        var taken = await intake.TakeAsync(content, name, request.ContentType, ContentDigest.Sha256(request.Headers), context.RequestAborted);
        return new CallBody { Fields = query, Files = new Dictionary<string, TakenAsset> { [CallBody.FileProperty] = taken } };
    }

    // curl sends every --data-binary as a form, so that a file may come under that type; what is no file but a form, or JSON under a type
    // that pages of foreign origins may post without asking, is refused with the way to say it.
    private static void RefuseTypedText(HttpRequest request, ReadOnlySpan<byte> prefix, string? name)
    {
        var type = MediaTypeHeaderValue.TryParse(request.ContentType, out var parsed) ? parsed.MediaType.Value : null;
        var isForm = string.Equals(type, "application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase);
        var isPlain = type is null || string.Equals(type, "text/plain", StringComparison.OrdinalIgnoreCase);
        if ((!isForm && !isPlain) || FileNames.Extension(name) is not null || FileKinds.Sniff(prefix) is not null || !FileKinds.IsText(prefix))
            return;
        if (isPlain && !FileKinds.LooksLikeJson(prefix))
            return;
        throw new Problem(
            ProblemKinds.UnsupportedMediaType,
            $"The body looks like typed text sent as '{type ?? "nothing"}'. Send JSON with curl --json, form fields with curl -F, "
            + "a text file with ?filename=NAME.EXT or a Content-Type of its own.").AsException();
    }
}
