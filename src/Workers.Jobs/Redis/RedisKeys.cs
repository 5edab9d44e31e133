using StackExchange.Redis;

namespace Workers.Jobs.Redis;

/// <summary>
/// Every key and channel, spelled once. Scripts get the same spellings as functions (<c>key_job_events(id)</c>) from <see cref="Patterns"/>. All keys
/// share one hash tag, so that a Redis Cluster keeps them in one slot and a script may touch them together.
/// </summary>
public static class RedisKeys
{
    /// <summary>The first part of every key.</summary>
    public const string Root = "{workers}";

    /// <summary>Lua function name → pattern; each <c>*</c> is a parameter.</summary>
    public static readonly IReadOnlyDictionary<string, string> Patterns = new Dictionary<string, string>
    {
        ["job"] = "job:*", // hash: the job's record
        ["job_events"] = "job:*:events", // stream: its durable events
        ["job_log"] = "job:*:log:*", // string: last 64 KB of an attempt's log
        ["job_snapshot"] = "job:*:snapshot", // hash: newest picture so far
        ["events"] = "events", // stream: durable events of all jobs, bounded
        ["sequence"] = "sequence", // counter: submit sequence
        ["jobs"] = "jobs", // zset: every job by submit sequence
        ["index"] = "jobs:*:*", // zset: jobs with that state, engine, client or tag, by submit sequence
        ["engines"] = "engines", // set: engines that ever had a job
        ["counts"] = "counts:*", // hash: an engine's jobs by state, and totals of ended ones
        ["failures"] = "failures:*", // zset: an engine's failed jobs by end, last hour, ≤ 10,000
        ["run_times"] = "run-times:*", // list: an engine's newest run times in ms, 32 of them or up to twice as many
        ["queues"] = "queues:*", // set: an engine's queues that hold jobs
        ["queue_levels"] = "queue:*:levels", // zset: priorities that hold jobs
        ["queue_ring"] = "queue:*:*:ring", // zset: clients by virtual time
        ["queue_jobs"] = "queue:*:*:jobs:*", // zset: a client's jobs by submit sequence
        ["queue_timeouts"] = "queue-timeouts", // zset: jobs by the end of their patience
        ["scheduled"] = "scheduled", // zset: jobs by the time they are due
        ["leases"] = "leases", // zset: running jobs by the deadline of their lease
        ["recovered"] = "recovered", // string: when the recoverer last looked
        ["expiry"] = "expiry", // zset: ended jobs by the end of their time to live
        ["ordering"] = "ordering:*", // zset: living jobs of an ordering key by submit sequence
        ["superseding"] = "superseding:*", // zset: living jobs of a superseding key by submit sequence
        ["idempotency"] = "idempotency:*", // hash: job and body of an Idempotency-Key
        ["asset"] = "asset:*", // hash: size, media type, name, references, marked, indexed (what it names is in links)
        ["asset_bytes"] = "asset:*:bytes", // string: bytes on their way to the blob store
        ["cache"] = "cache:*", // hash: a stored result: job, names, result, reads, outputs, bytes, record, stored
        ["cache_flight"] = "cache-flight:*", // string: the job that makes that result; a failed one for a short time
        ["cache_used"] = "cache-used", // zset: stored results by last use, to the minute
        ["cache_totals"] = "cache-totals", // hash: bytes of their outputs, and of their records here
        ["arriving"] = "arriving", // zset: assets whose bytes are on their way, by when they came
        ["assets"] = "assets", // zset: assets by when they were touched
        ["inspected"] = "inspected", // zset: ended inspections whose findings are not indexed yet, by their end; or "result KEY HEX"
        ["links"] = "links:*:*", // string: what that asset or file names (JSON)
        ["linked"] = "linked", // zset: "asset HEX" or "file root:…" that name something, by inspection, ≤ 100,000
        ["users"] = "users:*:*", // zset: assets or files that name a file of that name, by inspection
        ["lacking"] = "lacking:*", // zset: assets or files that name something that was missing, by inspection
        ["watched"] = "watched:*", // hash: a root's files in watched folders (JSON) by path
        ["watched_paths"] = "watched-paths:*", // zset: their paths in order
        ["watcher"] = "watcher", // string: the process that watches, for 30 s
        ["fetched"] = "fetched", // hash: what a URL gave (JSON), by the URL's SHA-256, ≤ 10,000
        ["fetched_at"] = "fetched-at", // zset: those URLs by when they were asked for
        ["templates"] = "templates", // zset: names of templates, all with score 0
        ["template"] = "template:*", // hash: latest, revision, versions, and of each version its definition, tag, created, client, assets
        ["warm"] = "warm", // hash: "COUNT ENGINE FILE\nINPUT" by template: on how many workers its file shall be open, and what opens it (JSON)
        ["warm_held"] = "warm-held:*", // zset: workers that hold that template's file, or are about to, by when their node said so
        ["warm_failed"] = "warm-failed", // hash: "MS WORKER MESSAGE" by template: why its file could not be opened last
        ["nodes"] = "nodes", // hash: newest report of each node (JSON)
        ["nodes_seen"] = "nodes-seen", // zset: nodes by when they reported
        ["serving"] = "serving:*", // zset: nodes that serve an engine ("ID\nname=value\n…", with their labels) by when they said so
        ["desired"] = "desired", // hash: what an operator wants of a node, worker or engine
        ["secret"] = "installation-secret", // string: 256 random bits that sign tickets
        ["making_room"] = "making-room:*", // string: the node that ends another job for that queued one; for some seconds
        ["hint_job"] = "hint:job", // channel: "event|ended|progress|snapshot|log ID"; ended is an event too
        ["hint_ended"] = "hint:ended:*", // channel of a process where requests wait: "ID" of a job that is over, and the job (JSON) where it is small
        ["hint_queued"] = "hint:queued", // channel: "ENGINE ID PRIORITY"
        ["hint_cancel"] = "hint:cancel", // channel: job id
        ["hint_desired"] = "hint:desired", // channel: subject
        ["hint_template"] = "hint:template", // channel: name of a template that changed
    };

    /// <summary>The key of a pattern, its parameters filled in.</summary>
    public static RedisKey Of(string name, params ReadOnlySpan<string> parameters)
    {
        var pattern = Patterns[name];
        var text = new System.Text.StringBuilder(Root, Root.Length + pattern.Length + 64).Append(':');
        var next = 0;
        foreach (var letter in pattern)
        {
            if (letter == '*')
                text.Append(parameters[next++]);
            else
                text.Append(letter);
        }

        return text.ToString();
    }

    /// <summary>The job's record.</summary>
    public static RedisKey Job(string id) => Root + ":job:" + id;
}
