using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Workers.Api.Problems;
using Workers.Jobs.Text;

namespace Workers.Api.Http;

/// <summary>Reads small JSON bodies: bounded, strict, never under a form's content type.</summary>
internal static class JsonBody
{
    /// <summary>The largest JSON body, in bytes.</summary>
    public const int Limit = 256 * 1024;

    /// <summary>Whether the body says that it is JSON (<c>application/json</c>; other <c>+json</c> types are files).</summary>
    public static bool IsJson(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a JSON object.</summary>
    /// <exception cref="ProblemException">415 not JSON by its type, 413 too large, 400 not JSON by its bytes or no object.</exception>
    public static async Task<JsonObject> ReadObjectAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (!IsJson(request))
        {
            throw new Problem(
                ProblemKinds.UnsupportedMediaType,
                $"Send JSON as application/json, not as '{request.ContentType ?? "nothing"}': "
                    + "curl --json @job.json does (curl -d sends a form).")
                .AsException();
        }

        return Parse(await ReadBytesAsync(request, cancellation));
    }

    /// <summary>Parses a JSON object.</summary>
    /// <exception cref="ProblemException">400: no JSON, or no object.</exception>
    public static JsonObject Parse(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            return StrictJson.Parse(utf8.Span) as JsonObject
                ?? throw new Problem(ProblemKinds.MalformedRequest, "The body must be a JSON object: { … }.").AsException();
        }
        catch (JsonException exception)
        {
            throw new Problem(ProblemKinds.MalformedRequest, $"The body is not JSON: {exception.Message}").AsException(exception);
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ReadBytesAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (request.ContentLength > Limit)
            throw TooLarge();
        while (true)
        {
            var read = await request.BodyReader.ReadAsync(cancellation);
            if (read.Buffer.Length > Limit)
                throw TooLarge();
            if (read.IsCompleted)
            {
                var bytes = read.Buffer.ToArray();
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return bytes;
            }

            request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static ProblemException TooLarge() =>
        new Problem(ProblemKinds.TooLarge,
            $"JSON bodies are at most {Limit / 1024} KB; upload large content as an asset (POST /v1/assets) and name it.")
            .AsException();
}
