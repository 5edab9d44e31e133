using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Workers.Api.Http;
using Workers.Api.Problems;

namespace Workers.Api.Assets;

/// <summary>The parts of a <c>multipart/form-data</c> body (RFC 7578).</summary>
/// <param name="Fields">Texts by name; several of one name in order.</param>
/// <param name="Files">Stored files by name.</param>
internal sealed record MultipartParts(IReadOnlyDictionary<string, List<string>> Fields, IReadOnlyDictionary<string, TakenAsset> Files);

/// <summary>Reads multipart bodies: files are streamed into the store as they come, fields are small; their order does not matter.</summary>
internal static class MultipartBody
{
    private const int MostParts = 200;
    private const int FieldBytes = JsonBody.Limit;
    private const int LongestBoundary = 70;

    /// <summary>Whether the body is of that type.</summary>
    public static bool Is(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads all parts.</summary>
    /// <exception cref="ProblemException">400: broken off, no boundary, or a part without a name; 413.</exception>
    public static async Task<MultipartParts> ReadAsync(HttpRequest request, AssetIntake intake, CancellationToken cancellation)
    {
        var reader = new MultipartReader(Boundary(request), request.Body) { HeadersCountLimit = 16, HeadersLengthLimit = 16 * 1024 };
        var fields = new Dictionary<string, List<string>>();
        var files = new Dictionary<string, TakenAsset>();
        var (parts, fieldBytes) = (0, 0);
        try
        {
            while (await reader.ReadNextSectionAsync(cancellation) is { } section)
            {
                if (++parts > MostParts)
                    throw new Problem(ProblemKinds.TooLarge, $"The body has more than {MostParts} parts.").AsException();
                if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition) || Name(disposition) is not { } name)
                    throw Broken("a part has no name");
                if (disposition.FileName.HasValue || disposition.FileNameStar.HasValue)
                {
                    var content = await PeekedStream.OpenAsync(section.Body, FileKinds.PrefixLength, cancellation);
                    var taken = await intake.TakeAsync(
                        content, FileNames.OfDisposition(section.ContentDisposition), section.ContentType, expected: null, cancellation);
                    if (!files.TryAdd(name, taken))
                        throw Broken($"two files are called '{name}'");
                }
                else
                {
                    var text = await ReadFieldAsync(section, FieldBytes - fieldBytes, cancellation);
                    fieldBytes += text.Length;
                    (fields.TryGetValue(name, out var texts) ? texts : fields[name] = []).Add(text);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException && !cancellation.IsCancellationRequested)
        {
            throw Broken(exception.Message, exception);
        }

        return new MultipartParts(fields, files);
    }

    private static string Boundary(HttpRequest request)
    {
        var boundary = HeaderUtilities.RemoveQuotes(MediaTypeHeaderValue.Parse(request.ContentType).Boundary).Value;
        return boundary is { Length: > 0 and <= LongestBoundary } ? boundary : throw Broken("its Content-Type names no boundary");
    }

    private static string? Name(ContentDispositionHeaderValue disposition) =>
        HeaderUtilities.RemoveQuotes(disposition.Name).Value is { Length: > 0 and <= 200 } name ? name : null;

    private static async Task<string> ReadFieldAsync(MultipartSection section, int limit, CancellationToken cancellation)
    {
        var buffer = new byte[4096];
        using var bytes = new MemoryStream();
        int read;
        while ((read = await section.Body.ReadAsync(buffer, cancellation)) > 0)
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > limit)
                throw new Problem(ProblemKinds.TooLarge,
                    $"The fields of a form are at most {FieldBytes / 1024} KB together; send large content as files.")
                    .AsException();
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    private static ProblemException Broken(string why, Exception? cause = null) =>
        new Problem(ProblemKinds.MalformedRequest, $"The multipart body cannot be read: {why}.").AsException(cause);
}
