namespace Workers.Jobs.Configuration;

/// <summary>How results are stored for the same call to be answered again.</summary>
public sealed record CacheSettings
{
    /// <summary>Whether they are.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Most bytes of outputs.</summary>
    public long Bytes { get; init; } = 20L << 30;

    /// <summary>Most bytes of records in Redis.</summary>
    public long RecordBytes { get; init; } = 256L << 20;

    /// <summary>Days after its last use that a result is forgotten.</summary>
    public double Days { get; init; } = 30;

    /// <summary>Most bytes of small results in the memory of an API process.</summary>
    public long MemoryBytes { get; init; } = 256L << 20;

    /// <summary>Seconds that a failure answers the same call again.</summary>
    public double NegativeSeconds { get; init; } = 5;
}
