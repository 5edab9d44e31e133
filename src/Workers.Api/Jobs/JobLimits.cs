namespace Workers.Api.Jobs;

/// <summary>How large a job's fields may be.</summary>
internal static class JobLimits
{
    /// <summary>Characters of a name.</summary>
    public const int NameLength = 200;

    /// <summary>Characters of an ordering or superseding key.</summary>
    public const int KeyLength = 200;

    /// <summary>Number of tags.</summary>
    public const int Tags = 16;

    /// <summary>Characters of a tag.</summary>
    public const int TagLength = 64;

    /// <summary>Number of required labels.</summary>
    public const int Labels = 16;

    /// <summary>Number of metadata entries.</summary>
    public const int MetadataEntries = 32;

    /// <summary>Characters of a metadata value; keys: 64.</summary>
    public const int MetadataLength = 1024;

    /// <summary>Longest run of an attempt: a day.</summary>
    public const double TimeoutSeconds = 86_400;

    /// <summary>Longest wait for a start: a week.</summary>
    public const double QueueTimeoutSeconds = 604_800;

    /// <summary>Longest life of a record after its end: thirty days.</summary>
    public const double TtlSeconds = 2_592_000;
}
