using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Workers.Api.Assets;
using Workers.Api.Jobs;

namespace Workers.Api.Caching;

/// <summary>Makes keys of prepared calls.</summary>
internal sealed class CacheKeys(RootContents roots)
{
    /// <summary>Changes when what a key is made of changes.</summary>
    private const string Format = "1";

    /// <summary>The key of a call, or null where a file that its input names cannot be read to its end.</summary>
    /// <param name="prepared">Checked, its defaults filled in.</param>
    /// <param name="build">Of its engine.</param>
    /// <param name="cancellation">Stops reading files.</param>
    public async ValueTask<CacheKey?> OfAsync(PreparedJob prepared, string build, CancellationToken cancellation)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var named in prepared.Function.Schema.Assets(prepared.Specification.Input, ""))
        {
            if (!named.Value.StartsWith(RootFiles.Prefix, StringComparison.Ordinal) || files.ContainsKey(named.Value))
                continue;
            if (await roots.DigestAsync(named.Value, cancellation) is not { } digest)
                return null;
            files[named.Value] = digest;
        }

        return new CacheKey(Digest(prepared, build, files), prepared.Engine.Name, build, files);
    }

    private static string Digest(PreparedJob prepared, string build, IReadOnlyDictionary<string, string> files)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartArray();
            writer.WriteStringValue(Format);
            writer.WriteStringValue(prepared.Engine.Name);
            writer.WriteStringValue(build);
            writer.WriteStringValue(prepared.Function.Report.Name);
            CanonicalInput.Write(writer, prepared.Specification.Input, prepared.Function.Schema);
            writer.WriteStartObject();
            foreach (var (name, digest) in files)
                writer.WriteString(name, digest);
            writer.WriteEndObject();
            writer.WriteEndArray();
        }

        return Convert.ToHexStringLower(SHA256.HashData(buffer.WrittenSpan));
    }
}
