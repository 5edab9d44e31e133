using System.Text.Json;
using StackExchange.Redis;
using Workers.Jobs.Redis;

namespace Workers.Jobs.Nodes;

/// <summary>Who is there: nodes report themselves, everybody reads. And what operators want of them, which the nodes read.</summary>
public sealed class NodeRegistry(RedisGate gate)
{
    /// <summary>A node not heard of for this long is lost.</summary>
    public static readonly TimeSpan LostAfter = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan ForgottenAfter = TimeSpan.FromDays(1);
    private static readonly LuaScript ReportScript = LuaScript.Load("report_node");
    private static readonly LuaScript ListScript = LuaScript.Load("list_nodes");
    private static readonly LuaScript DesireScript = LuaScript.Load("desire");
    private static readonly RedisKey[] Keys = [RedisKeys.Root];

    /// <summary>Stores the report and the time of Redis; nodes silent for a day are forgotten.</summary>
    /// <exception cref="RedisUnavailableException">Redis does not answer.</exception>
    public Task ReportAsync(NodeReport report, CancellationToken cancellation)
    {
        var serving = report.Engines.ToLookup(engine => report.State == "active" && engine is { Available: true, HeldBackUntil: null }, engine => engine.Name);
        return gate.EvaluateAsync(
            ReportScript,
            Keys,
            [
                "id", report.Id, "report", JsonSerializer.Serialize(report, JobJson.Default.NodeReport),
                "forget", (long)ForgottenAfter.TotalMilliseconds,
                "labels", Lines(report.Labels.Select(label => label.Key + "=" + label.Value)),
                "serving", Lines(serving[true]), "not_serving", Lines(serving[false]),
            ],
            cancellation);
    }

    /// <summary>Every node that reported within a day, newest report each; a silent one has state <c>lost</c>.</summary>
    /// <exception cref="RedisUnavailableException">Redis does not answer.</exception>
    public async Task<IReadOnlyList<NodeReport>> ListAsync(CancellationToken cancellation)
    {
        var reply = (RedisResult[])(await gate.EvaluateAsync(ListScript, Keys, [], cancellation))!;
        return reply.Select(entry => Read((RedisResult[])entry!)).OrderBy(node => node.Id, StringComparer.Ordinal).ToList();
    }

    /// <summary>Writes what an operator wants of a subject (<c>node:ID</c>, <c>worker:ID</c>, <c>engine:NAME</c>); null takes it back.</summary>
    /// <exception cref="RedisUnavailableException">Redis does not answer.</exception>
    public Task SetDesiredAsync(string subject, string? desired, CancellationToken cancellation) =>
        gate.EvaluateAsync(DesireScript, Keys, ["subject", subject, "desired", desired ?? ""], cancellation);

    /// <summary>Everything desired, by subject.</summary>
    /// <exception cref="RedisUnavailableException">Redis does not answer.</exception>
    public async Task<IReadOnlyDictionary<string, string>> DesiredAsync(CancellationToken cancellation)
    {
        var entries = await gate.CallAsync(database => database.HashGetAllAsync(RedisKeys.Of("desired")), cancellation);
        return entries.ToDictionary(entry => (string)entry.Name!, entry => (string)entry.Value!);
    }

    private static string Lines(IEnumerable<string> lines) => string.Join('\n', lines);

    private static NodeReport Read(RedisResult[] entry)
    {
        var report = JsonSerializer.Deserialize((string)entry[0]!, JobJson.Default.NodeReport)!;
        var silence = TimeSpan.FromMilliseconds((long)entry[2]);
        return report with
        {
            SeenAt = DateTimeOffset.FromUnixTimeMilliseconds((long)entry[1]),
            State = report.State != "stopped" && silence > LostAfter ? "lost" : report.State,
        };
    }
}
