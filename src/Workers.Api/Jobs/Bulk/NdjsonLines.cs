using System.Buffers;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Workers.Api.Problems;

namespace Workers.Api.Jobs.Bulk;

/// <summary>The lines of a body of newline-delimited JSON; empty ones are passed over.</summary>
/// <param name="request">The request.</param>
/// <param name="longest">Most bytes of a line.</param>
/// <param name="most">Most lines.</param>
internal sealed class NdjsonLines(HttpRequest request, int longest, int most)
{
    private static readonly string[] Types = ["application/x-ndjson", "application/ndjson", "application/jsonl", "application/json"];

    /// <summary>Reads them, numbered from 0. A line's memory is the caller's.</summary>
    /// <exception cref="ProblemException">415, or 413 for a line or a number of lines that is too large.</exception>
    public async IAsyncEnumerable<(int Number, ReadOnlyMemory<byte> Line)> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        RequireType();
        var number = 0;
        while (true)
        {
            var read = await request.BodyReader.ReadAsync(cancellation);
            var buffer = read.Buffer;
            try
            {
                while (TakeLine(ref buffer, read.IsCompleted) is { } line)
                {
                    if (line.Length == 0)
                        continue;
                    if (number == most)
                        throw TooLarge($"A batch has at most {most} lines; send the rest in another.");
                    yield return (number++, line);
                }

                if (read.IsCompleted)
                    yield break;
                if (buffer.Length > longest)
                    throw TooLarge($"Line {number} is longer than the {longest / 1024} KB that an envelope may have.");
            }
            finally
            {
                request.BodyReader.AdvanceTo(buffer.Start, buffer.End); // The pipe wants every read ended, also when nobody reads on.
            }
        }
    }

    private byte[]? TakeLine(ref ReadOnlySequence<byte> buffer, bool isLast)
    {
        var end = buffer.PositionOf((byte)'\n');
        if (end is null && (!isLast || buffer.IsEmpty))
            return null;
        var line = end is { } position ? buffer.Slice(0, position) : buffer;
        if (line.Length > longest)
            throw TooLarge($"A line is longer than the {longest / 1024} KB that an envelope may have.");
        var bytes = line.ToArray();
        buffer = end is { } found ? buffer.Slice(buffer.GetPosition(1, found)) : buffer.Slice(buffer.End);
        return bytes.AsSpan().Trim(" \t\r"u8).ToArray();
    }

    private void RequireType()
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || !Types.Contains(type.MediaType.ToString(), StringComparer.OrdinalIgnoreCase))
        {
            throw new Problem(
                ProblemKinds.UnsupportedMediaType,
                $"Send one JSON envelope a line as application/x-ndjson, not as '{request.ContentType ?? "nothing"}': "
                    + "curl -H 'Content-Type: application/x-ndjson' --data-binary @jobs.ndjson does.")
                .AsException();
        }
    }

    private static ProblemException TooLarge(string detail) => new Problem(ProblemKinds.TooLarge, detail).AsException();
}
