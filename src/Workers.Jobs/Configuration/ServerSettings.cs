using Workers.Jobs.Engines;

namespace Workers.Jobs.Configuration;

/// <summary>The validated configuration of a server process: flag &gt; <c>WORKERS__X</c> &gt; file &gt; default.</summary>
public sealed record ServerSettings
{
    /// <summary><c>all</c>, <c>api</c> or <c>node</c>.</summary>
    public string Role { get; init; } = "all";

    /// <summary>Addresses to listen on, separated by semicolons. Loopback unless keys are configured.</summary>
    public string Urls { get; init; } = "http://127.0.0.1:8700";

    /// <summary>Folder for everything that must last: blobs, the private Redis, logs.</summary>
    public required string Data { get; init; }

    /// <summary>Short-pathed folder (0700) for sockets and calls' scratch.</summary>
    public required string Runtime { get; init; }

    /// <summary>Redis connection string; null: a private redis-server under <see cref="Data"/> (role all only).</summary>
    public string? Redis { get; init; }

    /// <summary>Program for the private Redis.</summary>
    public string RedisServer { get; init; } = "redis-server";

    /// <summary>Leave the private Redis running when the server stops.</summary>
    public bool KeepRedis { get; init; }

    /// <summary><c>always</c> (default), <c>fast</c> (everysec), or <c>none</c> (no log; for measuring).</summary>
    public string Durability { get; init; } = "always";

    /// <summary>Engines by name, in the order of the file: the first that fits is the default for a function and file type.</summary>
    public IReadOnlyList<EngineSpecification> Engines { get; init; } = [];

    /// <summary>Named folders that <c>root:NAME/path</c> may read from.</summary>
    public IReadOnlyDictionary<string, string> Roots { get; init; } = new Dictionary<string, string>();

    /// <summary>Folders that are watched.</summary>
    public IReadOnlyList<WatchSettings> Watch { get; init; } = [];

    /// <summary>API keys; none: everybody on loopback is admin.</summary>
    public IReadOnlyList<ApiKey> Keys { get; init; } = [];

    /// <summary>Keys of signed URLs: the first signs, all are accepted; none: there are no signed URLs.</summary>
    public IReadOnlyList<UrlKey> UrlKeys { get; init; } = [];

    /// <summary>Origins that browsers may call from (CORS); none by default.</summary>
    public IReadOnlyList<string> Origins { get; init; } = [];

    /// <summary>Host names accepted besides loopback names and those of <see cref="Urls"/>.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Largest upload in bytes.</summary>
    public long UploadBytes { get; init; } = 4L << 30;

    /// <summary>Whether and how files are fetched by URL.</summary>
    public FetchSettings Fetch { get; init; } = new();

    /// <summary>Blobs in S3; null: in the folder <c>blobs</c> below <see cref="Data"/>.</summary>
    public S3Settings? S3 { get; init; }

    /// <summary>Stored results.</summary>
    public CacheSettings Cache { get; init; } = new();

    /// <summary>This node's id; default: the machine's name.</summary>
    public required string NodeId { get; init; }

    /// <summary>This node's labels.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Seconds running attempts get to finish when the server is asked to stop.</summary>
    public double StopGraceSeconds { get; init; } = 30;
}

/// <summary>Where blobs are in S3. Credentials are the environment's: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY.</summary>
/// <param name="Endpoint">Address of the server.</param>
/// <param name="Bucket">The bucket.</param>
/// <param name="Region">The region that requests are signed for.</param>
/// <param name="Prefix">Put in front of every object's name.</param>
/// <param name="PathStyle">The bucket in the path instead of the host name.</param>
/// <param name="CacheBytes">Bytes of copies kept on this machine.</param>
public sealed record S3Settings(string Endpoint, string Bucket, string Region, string Prefix, bool PathStyle, long CacheBytes);

/// <summary>How the API fetches files that inputs name by URL.</summary>
public sealed record FetchSettings
{
    /// <summary>Off by default: a server that fetches what its callers name is one that can be sent places.</summary>
    public bool Enabled { get; init; }

    /// <summary>The only hosts; none: every public one. <c>*.example.com</c>: those below it.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Hosts that may be asked by plain http.</summary>
    public IReadOnlyList<string> PlainHosts { get; init; } = [];

    /// <summary>Hosts that may have a private or loopback address.</summary>
    public IReadOnlyList<string> PrivateHosts { get; init; } = [];

    /// <summary>Largest file in bytes.</summary>
    public long MaxBytes { get; init; } = 1L << 30;

    /// <summary>Seconds for one file, redirects and all.</summary>
    public double Seconds { get; init; } = 60;

    /// <summary>Redirects that are followed.</summary>
    public int Redirects { get; init; } = 5;

    /// <summary>PEM file of certificate authorities that are trusted besides the machine's; null: none.</summary>
    public string? CaFile { get; init; }
}

/// <summary>A configured key of signed URLs.</summary>
/// <param name="Id">Its name, which stands in the URLs.</param>
/// <param name="Secret">Whose UTF-8 bytes are the key of HMAC-SHA256.</param>
public sealed record UrlKey(string Id, string Secret)
{
    /// <summary>Its name alone: the secret must not get into logs.</summary>
    public override string ToString() => Id;
}

/// <summary>A folder under a root whose files get calls of their own.</summary>
/// <param name="Root">The root's name.</param>
/// <param name="Pattern">Which files beneath it, as a glob.</param>
/// <param name="Functions">What is called with each.</param>
/// <param name="Priority">Of the jobs.</param>
/// <param name="AtOnce">Jobs of the root that wait or run at once.</param>
/// <param name="Seconds">Between two looks.</param>
public sealed record WatchSettings(string Root, string Pattern, IReadOnlyList<string> Functions, int Priority, int AtOnce, double Seconds);

/// <summary>A configured API key: only its digest is known.</summary>
/// <param name="Name">Its name: the <c>client</c> of its jobs.</param>
/// <param name="Sha256">SHA-256 of the key, 64 hex digits.</param>
/// <param name="Role"><c>read</c>, <c>submit</c> (includes read) or <c>admin</c> (includes both).</param>
/// <param name="Weight">Share of the workers beside other clients' jobs of the same priority.</param>
public sealed record ApiKey(string Name, string Sha256, string Role, int Weight = 1);
