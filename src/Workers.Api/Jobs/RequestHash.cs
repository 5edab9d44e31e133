using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Workers.Jobs;

namespace Workers.Api.Jobs;

/// <summary>The identity of what is asked: equal for requests that mean the same, whatever order their members came in.</summary>
internal static class RequestHash
{
    /// <summary>SHA-256 in hex over the canonical JSON of everything the client said (not its trace).</summary>
    public static string Of(JobSpecification specification)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartArray();
            writer.WriteStringValue(specification.Engine);
            writer.WriteStringValue(specification.Function);
            writer.WriteStringValue(specification.Name);
            CanonicalJson.Write(writer, specification.Input, NumberForm.AsWritten);
            writer.WriteNumberValue(specification.Priority);
            WriteOptional(writer, specification.TimeoutSeconds);
            WriteOptional(writer, specification.QueueTimeoutSeconds);
            writer.WriteNumberValue(specification.MaxAttempts);
            writer.WriteStringValue(specification.RunAfter?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
            writer.WriteNumberValue(specification.TtlSeconds);
            writer.WriteStringValue(specification.OrderingKey);
            writer.WriteStringValue(specification.Supersedes);
            WriteMap(writer, specification.Requires);
            foreach (var tag in specification.Tags)
                writer.WriteStringValue(tag);
            WriteMap(writer, specification.Metadata);
            writer.WriteEndArray();
        }

        return Convert.ToHexStringLower(SHA256.HashData(buffer.WrittenSpan));
    }

    /// <summary>SHA-256 in hex over canonical JSON: members in order of their names, values as they were written.</summary>
    public static string Of(JsonObject document)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer))
            CanonicalJson.Write(writer, document, NumberForm.AsWritten);
        return Convert.ToHexStringLower(SHA256.HashData(buffer.WrittenSpan));
    }

    private static void WriteOptional(Utf8JsonWriter writer, double? value)
    {
        if (value is { } number)
            writer.WriteNumberValue(number);
        else
            writer.WriteNullValue();
    }

    private static void WriteMap(Utf8JsonWriter writer, IReadOnlyDictionary<string, string> map)
    {
        writer.WriteStartObject();
        foreach (var (key, value) in map.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            writer.WriteString(key, value);
        writer.WriteEndObject();
    }
}
