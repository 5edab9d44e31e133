using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Workers.Chaos.Clients;
using Workers.Chaos.Cluster;
using Workers.Testing;

namespace Workers.Chaos.Check;

/// <summary>Gathers what is stored, past the code under test: Redis by its own commands, artifacts by their public paths.</summary>
internal sealed class EvidenceCollector(ChaosCluster cluster)
{
    private const int AtOnce = 8;
    private const string KeyPrefix = "anonymous:";
    private static readonly string[] Living = ["waiting", "scheduled", "queued", "running"];

    /// <summary>Jobs that are not over yet.</summary>
    public int Unfinished()
    {
        using var redis = new RespClient(cluster.Redis.Port);
        return Living.Sum(state => int.Parse(redis.Send("ZCARD", Key($"jobs:state:{state}")), CultureInfo.InvariantCulture));
    }

    /// <summary>Everything but what outlives the servers; asks them for the artifacts, so they must run.</summary>
    public async Task<Evidence> GatherAsync(Journal journal, IReadOnlyList<FeedFollower> followers, CancellationToken cancellation)
    {
        using var redis = new RespClient(cluster.Redis.Port);
        var ids = Lines(redis.Send("ZRANGE", Key("jobs"), "0", "-1"));
        var jobs = ids.ToDictionary(id => id, id => ReadJob(redis, id));
        return new Evidence
        {
            Acknowledgements = [.. journal.Acknowledgements],
            Jobs = jobs,
            Events = [.. Entries(redis.Send("XRANGE", Key("events"), "-", "+"), fields: 4)
                .Select(entry => new StoredEvent(entry.Id, entry.Fields["j"], entry.Fields["t"], Attempt(entry.Fields["a"])))],
            Trimmed = Trimmed(Lines(redis.Send("XINFO", "STREAM", Key("events")))),
            Followers = [.. followers.Select(follower => follower.Seen)],
            Bytes = await DigestsAsync(jobs.Values.SelectMany(job => job.Artifacts).Distinct(), cancellation),
            Orphans = [],
            LeftFolders = [],
        };
    }

    /// <summary>What outlived the servers, which were stopped or killed.</summary>
    public Evidence WithWhatIsLeft(Evidence evidence) => evidence with
    {
        Orphans = [.. Directory.EnumerateDirectories("/proc").Select(OfCluster).OfType<string>()],
        LeftFolders = [.. Directory.EnumerateDirectories(Path.Combine(cluster.Folder, "run"), "*", SearchOption.AllDirectories)
            .Where(folder => Path.GetFileName(Path.GetDirectoryName(folder)) == "calls")],
    };

    private static StoredJob ReadJob(RespClient redis, string id)
    {
        var fields = redis.Send("HMGET", Key("job:" + id), "state", "idempotency", "outputs").Split('\n');
        var events = Entries(redis.Send("XRANGE", Key($"job:{id}:events"), "-", "+"), fields: 3);
        return new StoredJob(
            fields[0], fields[1].StartsWith(KeyPrefix, StringComparison.Ordinal) ? fields[1][KeyPrefix.Length..] : fields[1],
            fields[2].Split(' ', StringSplitOptions.RemoveEmptyEntries),
            [.. events.Select(entry => (entry.Fields["t"], Attempt(entry.Fields["a"])))]);
    }

    // XINFO STREAM: name and value of each figure.
    private static long Trimmed(string[] lines)
    {
        long Figure(string name) => long.Parse(lines[Array.IndexOf(lines, name) + 1], CultureInfo.InvariantCulture);
        return Figure("entries-added") - Figure("length");
    }

    // XRANGE, one element a line: the id, then name and value of each field.
    private static IEnumerable<(string Id, Dictionary<string, string> Fields)> Entries(string reply, int fields)
    {
        var lines = Lines(reply);
        var size = 1 + (2 * fields);
        for (var at = 0; at + size <= lines.Length; at += size)
            yield return (lines[at], Enumerable.Range(0, fields).ToDictionary(number => lines[at + 1 + (2 * number)], number => lines[at + 2 + (2 * number)]));
    }

    private async Task<Dictionary<string, string?>> DigestsAsync(IEnumerable<string> hexes, CancellationToken cancellation)
    {
        using var http = new HttpClient { BaseAddress = cluster.Apis[0].Address };
        var digests = new ConcurrentDictionary<string, string?>();
        await Parallel.ForEachAsync(hexes, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation }, async (hex, token) =>
        {
            using var reply = await http.GetAsync(new Uri("/v1/assets/sha256/" + hex, UriKind.Relative), token);
            digests[hex] = reply.IsSuccessStatusCode
                ? Convert.ToHexStringLower(SHA256.HashData(await reply.Content.ReadAsByteArrayAsync(token)))
                : null;
        });
        return new Dictionary<string, string?>(digests);
    }

    // A worker knows its node's socket, which lies in our folder.
    private string? OfCluster(string process)
    {
        try
        {
            var environment = File.ReadAllText(Path.Combine(process, "environ"), Encoding.UTF8);
            return environment.Contains("WORKERS_CONNECT=", StringComparison.Ordinal) && environment.Contains(cluster.Folder, StringComparison.Ordinal)
                ? $"{Path.GetFileName(process)} {File.ReadAllText(Path.Combine(process, "cmdline")).Replace('\0', ' ')}"
                : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null; // Gone meanwhile, or not ours.
        }
    }

    private static string Key(string name) => "{workers}:" + name;

    private static string[] Lines(string reply) => reply.Length == 0 ? [] : reply.Split('\n');

    private static int Attempt(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
