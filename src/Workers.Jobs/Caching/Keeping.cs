using System.Text.Json;
using StackExchange.Redis;

namespace Workers.Jobs;

/// <summary>What an attempt says so that its result may answer others.</summary>
/// <param name="Build">Digest of the engine's build that ran it; null where it is not known.</param>
/// <param name="Unkept">Why it must not be stored; null where it may.</param>
/// <param name="Reads">Files that it depends on (<c>root:NAME/path</c>) with their SHA-256 in hex.</param>
public sealed record Keeping(string? Build, string? Unkept, IReadOnlyDictionary<string, string> Reads)
{
    private static readonly Dictionary<string, string> Nothing = [];

    /// <summary>It must not be stored.</summary>
    public static Keeping Refused(string? build, string why) => new(build, why, Nothing);

    internal RedisValue[] Arguments() =>
    [
        "build", Build ?? "", "unkept", Unkept ?? "",
        "reads", Reads.Count == 0 ? "" : JsonSerializer.Serialize(new Dictionary<string, string>(Reads), JobJson.Default.DictionaryStringString),
    ];
}
