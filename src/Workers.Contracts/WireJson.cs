using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Workers.Contracts;

/// <summary>Source-generated JSON of every wire type: camelCase, times RFC 3339 in UTC, nulls written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    NumberHandling = JsonNumberHandling.Strict,
    Converters = [typeof(UtcTimeConverter)])]
[JsonSerializable(typeof(JobEnvelope))]
[JsonSerializable(typeof(JobDocument))]
[JsonSerializable(typeof(JobListDocument))]
[JsonSerializable(typeof(JobChange))]
[JsonSerializable(typeof(BulkDocument))]
[JsonSerializable(typeof(BatchDocument))]
[JsonSerializable(typeof(AssetDocument))]
[JsonSerializable(typeof(AssetListDocument))]
[JsonSerializable(typeof(AssetSet))]
[JsonSerializable(typeof(FileListDocument))]
[JsonSerializable(typeof(TemplateDefinition))]
[JsonSerializable(typeof(TemplateDocument))]
[JsonSerializable(typeof(TemplateListDocument))]
[JsonSerializable(typeof(TemplateVersionsDocument))]
[JsonSerializable(typeof(TemplateCheckDocument))]
[JsonSerializable(typeof(TemplateWarmDocument))]
[JsonSerializable(typeof(PrerenderRequest))]
[JsonSerializable(typeof(PrerenderDocument))]
[JsonSerializable(typeof(EngineDocument))]
[JsonSerializable(typeof(EngineListDocument))]
[JsonSerializable(typeof(StatusDocument))]
[JsonSerializable(typeof(NodeDocument))]
[JsonSerializable(typeof(NodeListDocument))]
[JsonSerializable(typeof(WorkerDocument))]
[JsonSerializable(typeof(WorkerListDocument))]
[JsonSerializable(typeof(DesiredDocument))]
[JsonSerializable(typeof(ReadinessDocument))]
[JsonSerializable(typeof(ProblemDocument))]
[JsonSerializable(typeof(SnapshotEvent))]
[JsonSerializable(typeof(ProgressEvent))]
[JsonSerializable(typeof(JobResetEvent))]
[JsonSerializable(typeof(FeedResetEvent))]
public sealed partial class WireJson : JsonSerializerContext
{
    /// <summary>
    /// The same with letters and quotes as they are, not as \u0027: these documents are read in terminals and never pasted into HTML.
    /// </summary>
    // Made at first use: the generated part's own statics must come first.
    public static WireJson Readable =>
        field ??= new WireJson(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}

/// <summary>Writes times with <c>Z</c> (RFC 3339), whatever offset they were read with.</summary>
public sealed class UtcTimeConverter : JsonConverter<DateTimeOffset>
{
    /// <inheritdoc/>
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime);
}
