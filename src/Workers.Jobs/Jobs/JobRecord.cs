using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using StackExchange.Redis;

namespace Workers.Jobs;

/// <summary>Between a job's hash in Redis and <see cref="Job"/>. Field names are those the scripts write.</summary>
internal static class JobRecord
{
    /// <summary>Every field a script may write, but for <c>attempt:N</c> and <c>attempt:N:end</c>; a test holds the scripts to it.</summary>
    internal static readonly IReadOnlySet<string> Fields = new HashSet<string>
    {
        "state", "cancel", "cancelFailure", "engine", "function", "client", "queue", "priority", "sequence", "attempt", "maxAttempts", "counted",
        "crashes", "returned", "ttl", "body", "spec", "created", "queuedAt", "started", "ended", "endedBy", "runAfter", "runAt", "queueTimeout",
        "version", "tags", "assets", "outputs", "idempotency", "ordering", "superseding", "retryOf", "lease", "leaseMs", "node", "boot",
        "worker", "pid", "held", "weight",
        "progress", "result", "failure", "cache", "flight", "build", "names", "negative", "unkept", "reads",
    };

    /// <summary>The job of HGETALL's reply, or null when there is none.</summary>
    internal static Job? Read(string id, HashEntry[] entries)
    {
        if (entries.Length == 0)
            return null;
        var fields = new Dictionary<string, RedisValue>(entries.Length);
        foreach (var entry in entries)
            fields[entry.Name!] = entry.Value;
        return Read(id, fields);
    }

    /// <summary>The job of a script's reply: field, value, field, value …</summary>
    internal static Job Read(string id, RedisValue[] pairs)
    {
        var fields = new Dictionary<string, RedisValue>(pairs.Length / 2);
        for (var i = 0; i + 1 < pairs.Length; i += 2)
            fields[pairs[i]!] = pairs[i + 1];
        return Read(id, fields);
    }

    /// <summary>The job of a hint: the same as a JSON array, or null where it cannot be read (the job is then).</summary>
    internal static Job? ReadHint(string id, string json)
    {
        try
        {
            var pairs = JsonSerializer.Deserialize(json, JobJson.Default.StringArray);
            return pairs is { Length: > 0 } ? Read(id, Array.ConvertAll(pairs, part => (RedisValue)part)) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    internal static string Write(JobSpecification specification) =>
        JsonSerializer.Serialize(specification, JobJson.Default.JobSpecification);

    private static Job Read(string id, Dictionary<string, RedisValue> fields)
    {
        var state = JobStates.Parse(fields["state"]) ?? throw new InvalidDataException($"Job {id} has state '{fields["state"]}'.");
        var specification = Parse((string)fields["spec"]!, JobJson.Default.JobSpecification)!;
        var attempt = (int)fields["attempt"];
        return new Job
        {
            Id = id,
            State = state,
            CancelRequested = Text(fields, "cancel") == "1",
            Specification = specification with { Priority = (int)fields["priority"] }, // Whoever joined it may have raised it.
            Client = fields["client"]!,
            Sequence = (long)fields["sequence"],
            Attempt = attempt,
            Attempts = ReadAttempts(fields, attempt),
            Progress = Parse(Text(fields, "progress"), JobJson.Default.JobProgress),
            Result = Parse(Text(fields, "result"), JobJson.Default.JobResult),
            Failure = Parse(Text(fields, "failure"), JobJson.Default.JobFailure),
            RetryOf = Text(fields, "retryOf"),
            CreatedAt = Time(fields, "created")!.Value,
            StartedAt = Time(fields, "started"),
            EndedAt = Time(fields, "ended"),
            QueuedAt = Time(fields, "queuedAt"),
            RunAt = Time(fields, "runAt"),
            Version = (long)fields["version"],
            Caching = ReadCaching(fields),
        };
    }

    private static JobCaching? ReadCaching(Dictionary<string, RedisValue> fields) =>
        Text(fields, "cache") is { } key
            ? new JobCaching(
                key,
                fields.TryGetValue("unkept", out var unkept) ? (string)unkept! : null,
                Parse(Text(fields, "reads"), JobJson.Default.DictionaryStringString) ?? [])
            : null;

    private static JobAttempt[] ReadAttempts(Dictionary<string, RedisValue> fields, int count)
    {
        var attempts = new JobAttempt[count];
        for (var number = 1; number <= count; number++)
        {
            var start = Parse(Text(fields, $"attempt:{number}"), JobJson.Default.AttemptStart)!;
            var end = Parse(Text(fields, $"attempt:{number}:end"), JobJson.Default.AttemptEndRecord);
            attempts[number - 1] = new JobAttempt(
                number, start.Node, start.Worker, start.Pid, FromMilliseconds(start.StartedAt), end is null ? null : FromMilliseconds(end.EndedAt),
                end?.Failure);
        }

        return attempts;
    }

    private static string? Text(Dictionary<string, RedisValue> fields, string name) =>
        fields.TryGetValue(name, out var value) && !value.IsNullOrEmpty ? (string)value! : null;

    private static T? Parse<T>(string? json, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class => json is null ? null : JsonSerializer.Deserialize(json, type);

    private static DateTimeOffset? Time(Dictionary<string, RedisValue> fields, string name) =>
        Text(fields, name) is { } text ? FromMilliseconds(long.Parse(text, CultureInfo.InvariantCulture)) : null;

    private static DateTimeOffset FromMilliseconds(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    internal sealed record AttemptStart(string Node, string? Worker, int? Pid, long StartedAt);

    internal sealed record AttemptEndRecord(long EndedAt, JobFailure? Failure);

    internal sealed record OutputRecord(string Hex, long Size, string MediaType, string Name);
}

/// <summary>
/// Source-generated JSON of what Redis holds. It sets members that are missing to null, past their initializers: what another version of the program may
/// leave out replaces null by itself.
/// </summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JobSpecification))]
[JsonSerializable(typeof(JobProgress))]
[JsonSerializable(typeof(JobResult))]
[JsonSerializable(typeof(JobFailure))]
[JsonSerializable(typeof(JobRecord.AttemptStart))]
[JsonSerializable(typeof(JobRecord.AttemptEndRecord))]
[JsonSerializable(typeof(JobRecord.OutputRecord[]))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(Dictionary<string, string>))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(Nodes.NodeReport))]
[JsonSerializable(typeof(Assets.FetchedUrl))]
[JsonSerializable(typeof(Assets.FileLink[]))]
[JsonSerializable(typeof(Watching.WatchedFile))]
[JsonSerializable(typeof(string[][]))]
internal sealed partial class JobJson : JsonSerializerContext;
