namespace Workers.Jobs.PrivateRedis;

/// <summary>How the private Redis is run.</summary>
public sealed record PrivateRedisOptions
{
    /// <summary>The server's data folder; Redis gets the folder <c>redis</c> in it.</summary>
    public required string DataFolder { get; init; }

    /// <summary>The program: a path, or a name that is looked up in PATH.</summary>
    public string Program { get; init; } = "redis-server";

    /// <summary><c>always</c>: synced before each reply. <c>fast</c>: synced each second. <c>none</c>: no log; for measuring.</summary>
    public string Durability { get; init; } = "always";

    /// <summary>Leave it running when the server stops; the next server adopts it.</summary>
    public bool KeepRunning { get; init; }

    /// <summary>How long one that is alive may be silent before the start fails, counted from when it last said that it loads.</summary>
    public TimeSpan SilenceLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long it may load its data.</summary>
    public TimeSpan LoadingLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long it may take to write everything and exit when the server stops; then it is killed.</summary>
    public TimeSpan StopLimit { get; init; } = TimeSpan.FromSeconds(10);
}
