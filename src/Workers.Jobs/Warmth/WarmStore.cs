using System.Globalization;
using StackExchange.Redis;
using Workers.Jobs.Redis;

namespace Workers.Jobs.Warmth;

/// <summary>
/// Which workers hold the files that templates want kept open, over all nodes. What templates want is written with them
/// (<c>put_template.lua</c>). All methods may throw <see cref="RedisUnavailableException"/>.
/// </summary>
public sealed class WarmStore(RedisGate gate)
{
    private const int LongestMessage = 500;
    private static readonly LuaScript LookScript = LuaScript.Load("keep_warm");
    private static readonly LuaScript WarmedScript = LuaScript.Load("warmed");
    private static readonly LuaScript StateScript = LuaScript.Load("warm_state");
    private static readonly RedisKey[] Keys = [RedisKeys.Root];

    /// <summary>Says what a node's workers hold; gives what one of its idle ones shall open, or null.</summary>
    public async Task<WarmTask?> LookAsync(WarmLook look, CancellationToken cancellation)
    {
        RedisValue[] arguments =
            ["held", Lines(look.Held), "left", Lines(look.Left), "idle", Lines(look.Idle), "resting", string.Join(' ', look.Resting)];
        var reply = (RedisResult[])(await gate.EvaluateAsync(LookScript, Keys, arguments, cancellation))!;
        return reply.Length == 0 ? null : new WarmTask((string)reply[0]!, (string)reply[1]!, (string)reply[2]!);
    }

    /// <summary>Tells what became of a task.</summary>
    /// <param name="task">The task.</param>
    /// <param name="failure">Why the file could not be opened; null: it is open.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public Task ToldAsync(WarmTask task, string? failure, CancellationToken cancellation)
    {
        var message = failure is { Length: > LongestMessage } ? failure[..LongestMessage] : failure;
        return gate.EvaluateAsync(WarmedScript, Keys, ["template", task.Template, "worker", task.Worker, "message", message ?? ""], cancellation);
    }

    /// <summary>Where a template's file is open.</summary>
    public async Task<WarmState> FindAsync(string template, CancellationToken cancellation)
    {
        var reply = (RedisResult[])(await gate.EvaluateAsync(StateScript, Keys, ["template", template], cancellation))!;
        return new WarmState((int)reply[0], [.. reply.Skip(2).Select(worker => (string)worker!).Order(StringComparer.Ordinal)], Failure((string)reply[1]!));
    }

    private static WarmFailure? Failure(string written) => written.Split(' ', 3) is [var at, var worker, var message]
        ? new WarmFailure(DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(at, CultureInfo.InvariantCulture)), worker, message)
        : null;

    private static string Lines(IEnumerable<HeldFile> held) => string.Join('\n', held.Select(one => $"{one.Worker} {one.Engine} {one.File ?? "-"}"));
}
