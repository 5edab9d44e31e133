using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Workers.Jobs.Configuration;

/// <summary>Stored results as written; see <see cref="CacheSettings"/>.</summary>
internal sealed record CacheFile
{
    [Description("Whether results are stored and answer the same call again. Default true.")]
    public bool? Enabled { get; init; }

    [Description("Most bytes of stored pictures and other outputs; above it the least recently used go. Default 20 GiB.")]
    [Range(0L, 1L << 50)]
    public long? Bytes { get; init; }

    [Description("Most bytes that Redis holds of stored results: their records, and JSON that functions answer. Default 256 MiB.")]
    [Range(0L, 1L << 40)]
    public long? RecordBytes { get; init; }

    [Description("Days after its last use that a result is forgotten. Default 30.")]
    [Range(0.0, 36_500.0)]
    public double? Days { get; init; }

    [Description("Most bytes of small results (up to 1 MiB each) that an API process keeps in its memory. 0: none. Default 256 MiB.")]
    [Range(0L, 1L << 40)]
    public long? MemoryBytes { get; init; }

    [Description("Seconds that a failure answers the same call again. 0: not at all. Default 5.")]
    [Range(0.0, 3_600.0)]
    public double? NegativeSeconds { get; init; }

    /// <summary>With defaults for what is not said.</summary>
    internal CacheSettings Resolve()
    {
        var settings = new CacheSettings();
        return new CacheSettings
        {
            Enabled = Enabled ?? settings.Enabled,
            Bytes = Bytes ?? settings.Bytes,
            RecordBytes = RecordBytes ?? settings.RecordBytes,
            Days = Days ?? settings.Days,
            MemoryBytes = MemoryBytes ?? settings.MemoryBytes,
            NegativeSeconds = NegativeSeconds ?? settings.NegativeSeconds,
        };
    }
}
