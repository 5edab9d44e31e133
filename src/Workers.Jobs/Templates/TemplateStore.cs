using System.Globalization;
using StackExchange.Redis;
using Workers.Jobs.Redis;

namespace Workers.Jobs.Templates;

/// <summary>
/// Templates with their versions, durable in Redis; what they say is JSON here and no more. All methods may throw
/// <see cref="RedisUnavailableException"/>.
/// </summary>
public sealed class TemplateStore(RedisGate gate)
{
    /// <summary>Versions of a template that are kept; the oldest go first.</summary>
    public const int KeptVersions = 20;

    /// <summary>Templates there may be.</summary>
    public const int MostTemplates = 10_000;

    // As long as a cache may keep what was served under a version's number, and a day.
    private static readonly TimeSpan NumberRemembered = TimeSpan.FromDays(366);

    private static readonly LuaScript PutScript = LuaScript.Load("put_template");
    private static readonly LuaScript DeleteScript = LuaScript.Load("delete_template");
    private static readonly RedisKey[] Keys = [RedisKeys.Root];

    /// <summary>Stores a new version where the conditions hold and the newest is not the same already.</summary>
    public async Task<TemplatePut> PutAsync(TemplateWrite write, CancellationToken cancellation)
    {
        RedisValue[] arguments =
        [
            "name", write.Name, "definition", write.Definition, "hash", write.Hash, "client", write.Client,
            "assets", string.Join(' ', write.Assets), "match", write.Match.ToString(), "noneMatch", write.NoneMatch.ToString(),
            "warm", write.Warm?.ToString() ?? "", "keep", KeptVersions, "most", MostTemplates, "dry", write.DryRun ? "1" : "",
        ];
        var reply = (RedisResult[])(await gate.EvaluateAsync(PutScript, Keys, arguments, cancellation))!;
        return (string)reply[0]! switch
        {
            "created" => new TemplatePut(TemplatePutCode.Created, (int)reply[1], (string)reply[2]!),
            "changed" => new TemplatePut(TemplatePutCode.Changed, (int)reply[1], (string)reply[2]!),
            "same" => new TemplatePut(TemplatePutCode.Same, (int)reply[1], (string)reply[2]!),
            "failed" => new TemplatePut(TemplatePutCode.ConditionFailed, (int)reply[1], (string)reply[2]!),
            "unknown_asset" => new TemplatePut(TemplatePutCode.UnknownAsset, 0, "", (string)reply[1]!),
            "full" => new TemplatePut(TemplatePutCode.Full, 0, ""),
            var other => throw new InvalidOperationException($"put_template.lua answered '{other}'."),
        };
    }

    /// <summary>What the template consists of, or null where there is none.</summary>
    public async Task<TemplateHead?> FindAsync(string name, CancellationToken cancellation)
    {
        var head = await gate.CallAsync(
            database => database.HashGetAsync(RedisKeys.Of("template", name), ["latest", "revision", "versions"]), cancellation);
        return head[2].IsNullOrEmpty ? null : new TemplateHead((int)head[0], (long)head[1], Numbers(head[2]!));
    }

    /// <summary>One version, or null where it is not (any more) there.</summary>
    public async Task<TemplateVersion?> FindAsync(string name, int number, CancellationToken cancellation)
    {
        var n = number.ToString(CultureInfo.InvariantCulture);
        var fields = await gate.CallAsync(
            database => database.HashGetAsync(RedisKeys.Of("template", name), ["definition:" + n, "tag:" + n, "client:" + n, "created:" + n]),
            cancellation);
        return fields[0].IsNull ? null
            : new TemplateVersion(
                name, number, fields[1]!, fields[0]!, fields[2]!, DateTimeOffset.FromUnixTimeMilliseconds((long)fields[3]));
    }

    /// <summary>Names in alphabetical order.</summary>
    /// <param name="after">Those behind this name; null: from the first.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<IReadOnlyList<string>> NamesAsync(string? after, int limit, CancellationToken cancellation)
    {
        var names = await gate.CallAsync(
            database => database.SortedSetRangeByValueAsync(
                RedisKeys.Of("templates"), after ?? default(RedisValue), default, after is null ? Exclude.None : Exclude.Start, 0, limit),
            cancellation);
        return [.. names.Select(name => (string)name!)];
    }

    /// <summary>Forgets a template with all its versions, or one version that is not the newest.</summary>
    public async Task<TemplateDeletion> DeleteAsync(string name, int? number, TagCondition match, CancellationToken cancellation)
    {
        RedisValue[] arguments =
        [
            "name", name, "number", number?.ToString(CultureInfo.InvariantCulture) ?? "", "match", match.ToString(),
            "remember", (long)NumberRemembered.TotalMilliseconds,
        ];
        return (string)(await gate.EvaluateAsync(DeleteScript, Keys, arguments, cancellation))! switch
        {
            "deleted" => TemplateDeletion.Deleted,
            "unknown" => TemplateDeletion.Unknown,
            "newest" => TemplateDeletion.Newest,
            "failed" => TemplateDeletion.ConditionFailed,
            var other => throw new InvalidOperationException($"delete_template.lua answered '{other}'."),
        };
    }

    private static int[] Numbers(string written) =>
        [.. written.Split(' ').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
}
