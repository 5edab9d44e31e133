using System.Text.Json;
using System.Text.Json.Serialization;

namespace Workers.Node.Protocol;

/// <summary>Source-generated JSON of the protocol: camelCase, unknown fields ignored, null where a value must be is an error.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = false)]
[JsonSerializable(typeof(Frame))]
[JsonSerializable(typeof(Hello))]
[JsonSerializable(typeof(HelloReply))]
[JsonSerializable(typeof(Warmup))]
[JsonSerializable(typeof(WarmupReply))]
[JsonSerializable(typeof(Call))]
[JsonSerializable(typeof(CallReply))]
[JsonSerializable(typeof(Cancel))]
[JsonSerializable(typeof(CancelReply))]
[JsonSerializable(typeof(Ping))]
[JsonSerializable(typeof(ProgressNotice))]
[JsonSerializable(typeof(SnapshotNotice))]
[JsonSerializable(typeof(StatusNotice))]
internal sealed partial class ProtocolJson : JsonSerializerContext;

/// <summary>A frame as it was read: a request or notification has a method, a reply has a result or an error.</summary>
internal sealed record Frame
{
    public JsonElement? Id { get; init; }

    public string? Method { get; init; }

    public JsonElement? Params { get; init; }

    public JsonElement? Result { get; init; }

    public RpcError? Error { get; init; }
}
