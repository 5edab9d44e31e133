using System.Text.Json;
using StackExchange.Redis;
using Workers.Jobs.Redis;

namespace Workers.Jobs.Watching;

/// <summary>What is known of watched folders, for every API process and across restarts. All methods may throw <see cref="RedisUnavailableException"/>.</summary>
public sealed class WatchStore(RedisGate gate)
{
    /// <summary>How long a process that falls silent keeps others from watching.</summary>
    public static readonly TimeSpan HoldFor = TimeSpan.FromSeconds(30);

    private const int Batch = 500;
    private static readonly LuaScript Script = LuaScript.Load("watch");
    private static readonly RedisKey[] Keys = [RedisKeys.Root];

    /// <summary>Becomes or stays the one that watches.</summary>
    /// <returns>False: another does.</returns>
    public async Task<bool> HoldAsync(string token, CancellationToken cancellation) =>
        (int)await RunAsync(["do", "hold", "token", token, "ttl", (long)HoldFor.TotalMilliseconds], cancellation) == 1;

    /// <summary>Lets another watch at once.</summary>
    public Task ReleaseAsync(string token, CancellationToken cancellation) => RunAsync(["do", "release", "token", token], cancellation);

    /// <summary>Writes what changed; null forgets the file.</summary>
    /// <returns>False: another watches by now, nothing (more) was written.</returns>
    public async Task<bool> WriteAsync(
        string token, string root, IReadOnlyList<KeyValuePair<string, WatchedFile?>> files, CancellationToken cancellation)
    {
        foreach (var some in files.Chunk(Batch))
        {
            var pairs = some.Select(file => new[] { file.Key, file.Value is null ? "" : JsonSerializer.Serialize(file.Value, JobJson.Default.WatchedFile) });
            var json = JsonSerializer.Serialize([.. pairs], JobJson.Default.StringArrayArray);
            if ((string)(await RunAsync(["do", "write", "token", token, "root", root, "files", json], cancellation))! != "ok")
                return false;
        }

        return true;
    }

    /// <summary>Files by path.</summary>
    /// <param name="root">The root.</param>
    /// <param name="prefix">What paths begin with; '' for all.</param>
    /// <param name="after">Only paths behind this one.</param>
    /// <param name="limit">At most that many.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<IReadOnlyList<KeyValuePair<string, WatchedFile>>> ListAsync(
        string root, string prefix, string? after, int limit, CancellationToken cancellation)
    {
        var reply = (RedisResult[])(await RunAsync(
            ["do", "list", "root", root, "prefix", prefix, "after", after ?? "", "limit", limit], cancellation))!;
        return [.. reply.Select(entry => (string[])entry!).Select(pair =>
            KeyValuePair.Create(pair[0], JsonSerializer.Deserialize(pair[1], JobJson.Default.WatchedFile)!))];
    }

    /// <summary>One file, or null.</summary>
    public async Task<WatchedFile?> FindAsync(string root, string path, CancellationToken cancellation)
    {
        var record = await gate.CallAsync(database => database.HashGetAsync(RedisKeys.Of("watched", root), path), cancellation);
        return record.IsNull ? null : JsonSerializer.Deserialize((string)record!, JobJson.Default.WatchedFile);
    }

    /// <summary>Every file of a root.</summary>
    public async Task<Dictionary<string, WatchedFile>> LoadAsync(string root, CancellationToken cancellation)
    {
        var all = new Dictionary<string, WatchedFile>();
        string? after = null;
        while (true)
        {
            var page = await ListAsync(root, "", after, Batch, cancellation);
            foreach (var (path, file) in page)
                all[path] = file;
            if (page.Count < Batch)
                return all;
            after = page[^1].Key;
        }
    }

    private Task<RedisResult> RunAsync(RedisValue[] arguments, CancellationToken cancellation) =>
        gate.EvaluateAsync(Script, Keys, arguments, cancellation);
}
