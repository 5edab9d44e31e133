using System.Globalization;
using StackExchange.Redis;
using Workers.Jobs.Redis;

namespace Workers.Jobs.Events;

/// <summary>Reads the durable event streams: one job's, and the bounded one of all jobs.</summary>
public sealed class EventFeed(RedisGate gate)
{
    private const int PageLength = 100;
    private static readonly LuaScript ReadScript = LuaScript.Load("read_events");
    private static readonly RedisKey[] Keys = [RedisKeys.Root];

    /// <summary>Events of one job after an id (exclusive; null: from the first), oldest first, at most 100.</summary>
    /// <exception cref="RedisUnavailableException">Redis does not answer.</exception>
    public Task<FeedPage> ReadJobAsync(string jobId, string? after, CancellationToken cancellation) => ReadAsync(jobId, after, cancellation);

    /// <summary>
    /// Events of all jobs after an id (exclusive), oldest first, at most 100. To hear only what is new, begin with <see cref="NewestAsync"/>.
    /// </summary>
    /// <exception cref="RedisUnavailableException">Redis does not answer.</exception>
    public Task<FeedPage> ReadAllAsync(string after, CancellationToken cancellation) => ReadAsync("", after, cancellation);

    /// <summary>Id of the newest event of all jobs (<c>0-0</c> when there is none).</summary>
    /// <exception cref="RedisUnavailableException">Redis does not answer.</exception>
    public async Task<string> NewestAsync(CancellationToken cancellation)
    {
        var reply = (RedisResult[])(await gate.CallAsync(
            database => database.ExecuteAsync("XREVRANGE", RedisKeys.Of("events"), "+", "-", "COUNT", "1"), cancellation))!;
        return reply.Length == 0 ? "0-0" : (string)((RedisResult[])reply[0]!)[0]!;
    }

    /// <summary>True for a well-formed stream id (<c>ms-n</c>).</summary>
    public static bool IsId(string? text) =>
        text?.Split('-') is [var milliseconds, var number]
        && ulong.TryParse(milliseconds, NumberStyles.None, CultureInfo.InvariantCulture, out _)
        && ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private async Task<FeedPage> ReadAsync(string jobId, string? after, CancellationToken cancellation)
    {
        if (after is not null && !IsId(after))
            throw new ArgumentException($"'{after}' is not an event id (ms-n).", nameof(after));
        RedisValue[] arguments = ["id", jobId, "after", after ?? "", "count", PageLength];
        var reply = (RedisResult[])(await gate.EvaluateAsync(ReadScript, Keys, arguments, cancellation))!;
        var events = ((RedisResult[])reply[1]!).Select(entry => Read(jobId, (RedisResult[])entry!)).ToList();
        return new FeedPage(events, (int)reply[0] == 1);
    }

    private static JobEvent Read(string jobId, RedisResult[] entry)
    {
        var id = (string)entry[0]!;
        var pairs = (string[])entry[1]!;
        string type = "", attempt = "0", more = "";
        for (var i = 0; i + 1 < pairs.Length; i += 2)
        {
            switch (pairs[i])
            {
                case "j": jobId = pairs[i + 1]; break;
                case "t": type = pairs[i + 1]; break;
                case "a": attempt = pairs[i + 1]; break;
                case "m": more = pairs[i + 1]; break;
                default: break; // written by a newer version
            }
        }

        var at = DateTimeOffset.FromUnixTimeMilliseconds(
            long.Parse(id.AsSpan(0, id.IndexOf('-', StringComparison.Ordinal)), CultureInfo.InvariantCulture));
        var rest = more.Length > 0 ? "," + more : "";
        var data = string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"schema":1,"jobId":"{{jobId}}","attempt":{{attempt}},"at":"{{at:yyyy-MM-ddTHH:mm:ss.fffZ}}"{{rest}}}""");
        return new JobEvent(id, type, jobId, data);
    }
}

/// <summary>A durable event: an ordered state change of a job.</summary>
/// <param name="Id">The feed's Redis stream id, <c>ms-n</c>.</param>
/// <param name="Type">queued, started, artifact, retrying, succeeded, failed, canceled.</param>
/// <param name="JobId">The job.</param>
/// <param name="Data">JSON text: <c>{"schema":1,"jobId":…,"attempt":…,"at":…,…}</c>.</param>
public sealed record JobEvent(string Id, string Type, string JobId, string Data)
{
    /// <summary>True for the event that ends a job's stream.</summary>
    public bool IsTerminal => Type is "succeeded" or "failed" or "canceled";
}

/// <summary>What a read gave.</summary>
/// <param name="Events">Oldest first.</param>
/// <param name="Gap">True when events after the asked id are gone from the bounded log.</param>
public sealed record FeedPage(IReadOnlyList<JobEvent> Events, bool Gap);
