using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Workers.Jobs.Configuration;

/// <summary>
/// The configuration as it is written: in the file, as <c>WORKERS__X</c> and as flags. Nothing is resolved yet; null is "not said". Its
/// descriptions and limits are the JSON Schema's, and what <see cref="SettingsModel"/> checks.
/// </summary>
[Description("Configuration of workers-server. Flags and WORKERS__X variables override it. // comments are allowed.")]
internal sealed record ServerFile
{
    [JsonPropertyName("$schema")]
    [Description("For editors; ignored.")]
    public string? Schema { get; init; }

    [Description("What this process does: serve the API, run workers, or both.")]
    [AllowedValues("all", "api", "node")]
    public string? Role { get; init; }

    [Description("Addresses to listen on, separated by semicolons. Other than loopback needs keys. Default http://127.0.0.1:8700.")]
    public string? Urls { get; init; }

    [Description("Folder for everything that must last. In the file, relative to the file. Default: data.")]
    [MinLength(1)]
    public string? Data { get; init; }

    [Description("Short-pathed folder for sockets and scratch. Default: below XDG_RUNTIME_DIR or /tmp.")]
    [MinLength(1)]
    public string? Runtime { get; init; }

    [Description("Redis connection string, e.g. redis:6379,password=…. Without it, role all runs a private redis-server in the data folder.")]
    [MinLength(1)]
    public string? Redis { get; init; }

    [Description("Program of the private Redis: a path or a name in PATH. Default: the environment's REDIS, else redis-server.")]
    [MinLength(1)]
    public string? RedisServer { get; init; }

    [Description("Leave the private Redis running when the server stops. Default false.")]
    public bool? KeepRedis { get; init; }

    [Description("Of the private Redis. always: synced before each acknowledgement (default). fast: synced each second. "
        + "none: nothing outlives Redis.")]
    [AllowedValues("always", "fast", "none")]
    public string? Durability { get; init; }

    [Description("Engines by name. blender, plot and testcard are built in; null removes one. Those written here come first, in this order.")]
    [NullTakesAway]
    public Dictionary<string, EngineFile?>? Engines { get; init; }

    [Description("Named folders that root:NAME/path may read from. In the file, relative to the file.")]
    public Dictionary<string, string>? Roots { get; init; }

    [Description("Folders under roots whose new and changed files get previews, inspections and the like at low priority; GET /v1/files lists them.")]
    public List<WatchFile>? Watch { get; init; }

    [Description("API keys. None: everybody who reaches the (loopback) address is admin.")]
    public List<ApiKeyFile>? Keys { get; init; }

    [Description("Keys of signed URLs (/i/…). The first signs, all are accepted; taking one out revokes its URLs. None: there are no signed URLs.")]
    public List<UrlKeyFile>? UrlKeys { get; init; }

    [Description("Origins that browsers may call from (CORS), e.g. https://shop.example. Default: none.")]
    public List<string>? Origins { get; init; }

    [Description("Host names that requests may name, besides loopback names and those of urls.")]
    public List<string>? Hosts { get; init; }

    [Description("Largest upload in bytes. Default 4 GiB.")]
    [Range(1L, 1L << 50)]
    public long? UploadBytes { get; init; }

    [Description("Files by https:// URL: fetched by the API into the blob store when a job names one. Off by default.")]
    public FetchFile? Fetch { get; init; }

    [Description("Blobs in S3 instead of the data folder: for several machines that share no folder. Credentials come from the environment.")]
    public S3File? S3 { get; init; }

    [Description("Stored results: the same call is answered without rendering again.")]
    public CacheFile? Cache { get; init; }

    [Description("This node's id. Default: the machine's name.")]
    [RegularExpression("^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")]
    public string? Node { get; init; }

    [Description("This node's labels, which jobs may require.")]
    public Dictionary<string, string>? Labels { get; init; }

    [Description("Seconds running attempts get to finish when the server is asked to stop. Default 30.")]
    [Range(0.0, 86_400.0)]
    public double? StopGraceSeconds { get; init; }
}

/// <summary>Where blobs are in S3, as written; see <see cref="S3Settings"/>.</summary>
internal sealed record S3File
{
    [Description("Address of the server, e.g. https://s3.eu-central-1.amazonaws.com or http://minio:9000.")]
    [Required]
    [RegularExpression("^https?://[^/?#]+/?$")]
    public string? Endpoint { get; init; }

    [Description("The bucket; it must be there.")]
    [Required]
    [RegularExpression("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    public string? Bucket { get; init; }

    [Description("The region that requests are signed for. Default us-east-1.")]
    [MinLength(1)]
    public string? Region { get; init; }

    [Description("Put in front of every object's name, e.g. workers/. Default: nothing.")]
    [RegularExpression("^([A-Za-z0-9._-]+/)*$")]
    public string? Prefix { get; init; }

    [Description("The bucket in the path instead of the host name, as most servers but Amazon's want it. Default true.")]
    public bool? PathStyle { get; init; }

    [Description("Bytes of copies kept in the data folder. Default 20 GiB.")]
    [Range(1L << 20, 1L << 50)]
    public long? CacheBytes { get; init; }
}

/// <summary>How URLs are fetched, as written; see <see cref="FetchSettings"/>.</summary>
internal sealed record FetchFile
{
    [Description("Whether inputs may name files by https:// URL. Default false.")]
    public bool? Enabled { get; init; }

    [Description("The only hosts that are fetched from: names, or *.example.com for those below it. Default: every public host.")]
    public List<string>? Hosts { get; init; }

    [Description("Hosts that may be asked by plain http://. Default: none.")]
    public List<string>? PlainHosts { get; init; }

    [Description("Hosts that may have a private or loopback address (link-local ones never). Default: none.")]
    public List<string>? PrivateHosts { get; init; }

    [Description("Largest file in bytes, never more than uploadBytes. Default 1 GiB.")]
    [Range(1L, 1L << 50)]
    public long? MaxBytes { get; init; }

    [Description("Seconds for one file, redirects and all. Default 60.")]
    [Range(0.1, 3_600.0)]
    public double? Seconds { get; init; }

    [Description("Redirects that are followed. Default 5.")]
    [Range(0, 20)]
    public int? Redirects { get; init; }

    [Description("PEM file of certificate authorities that are trusted besides the machine's. In the file, relative to the file.")]
    [MinLength(1)]
    public string? CaFile { get; init; }
}

/// <summary>A key of signed URLs as written; see <see cref="UrlKey"/>.</summary>
internal sealed record UrlKeyFile
{
    [Description("Its name, which stands in the URLs that it signed.")]
    [Required]
    [RegularExpression("^[A-Za-z0-9_-]{1,32}$")]
    public string? Id { get; init; }

    [Description("At least 32 random characters, e.g. of `openssl rand -hex 32`; their UTF-8 bytes are the key of HMAC-SHA256. Also as WORKERS__URLKEYS__0__SECRET.")]
    [Required]
    public string? Secret { get; init; }
}

/// <summary>A watched folder as written; see <see cref="WatchSettings"/>.</summary>
internal sealed record WatchFile
{
    [Description("Name of a root.")]
    [Required]
    [MinLength(1)]
    public string? Root { get; init; }

    [Description("Which files beneath it, e.g. sofas/**/*.blend. Links and names that begin with a dot are passed over. Default **/*.")]
    [MinLength(1)]
    public string? Pattern { get; init; }

    [Description("Functions that are called with each file. Default preview and inspect.")]
    [MinLength(1)]
    public List<string>? Functions { get; init; }

    [Description("Priority of these jobs, 0 to 100. Default 5.")]
    [Range(0, 100)]
    public int? Priority { get; init; }

    [Description("Jobs of a root that wait or run at once. Default 16.")]
    [Range(1, 1_000)]
    public int? AtOnce { get; init; }

    [Description("Seconds between two looks. A file is taken once two looks found it the same. Default 10.")]
    [Range(0.1, 86_400.0)]
    public double? Seconds { get; init; }
}

/// <summary>An API key as written; see <see cref="ApiKey"/>.</summary>
internal sealed record ApiKeyFile
{
    [Description("The client of the jobs that it submits.")]
    [Required]
    [RegularExpression("^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")]
    public string? Name { get; init; }

    [Description("SHA-256 of the key in hex: printf %s \"$KEY\" | sha256sum")]
    [Required]
    [RegularExpression("^[0-9a-fA-F]{64}$")]
    public string? Sha256 { get; init; }

    [Description("read; submit includes read; admin includes both.")]
    [Required]
    [AllowedValues("read", "submit", "admin")]
    public string? Role { get; init; }

    [Description("Share of the workers beside other clients' jobs of the same priority: 2 is served twice as often as 1. Default 1.")]
    [Range(1, 1_000)]
    public int? Weight { get; init; }
}
