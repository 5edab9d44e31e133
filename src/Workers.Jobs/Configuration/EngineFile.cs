using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Workers.Jobs.Configuration;

/// <summary>
/// An engine as written; see <see cref="Engines.EngineSpecification"/>. What it doesn't say comes from the engine it extends, else the default.
/// </summary>
internal sealed record EngineFile
{
    [Description("Another engine whose settings count where this one says nothing. A built-in engine's name extends itself.")]
    public string? Extends { get; init; }

    [Description("Program and arguments. ${kit} is the folder that holds workers_kit; in the file, ${here} is the folder of the file.")]
    [MinLength(1)]
    public List<string>? Command { get; init; }

    [Description("Warm workers on a node. Default 1; 0 runs none.")]
    [Range(0, 256)]
    public int? Workers { get; init; }

    [Description("Calls of async functions that one worker runs side by side. Default 8; 1 runs them one by one.")]
    [Range(1, 32)]
    public int? Concurrency { get; init; }

    [Description("Variables added to the worker's otherwise minimal environment; added to those of the extended engine. "
        + "${kit} and ${here} as in command; ${slot} counts a node's workers of the engine from 0, e.g. CUDA_VISIBLE_DEVICES. null takes an inherited one away.")]
    [NullTakesAway]
    public Dictionary<string, string>? Environment { get; init; }

    [Description("Folders with user functions. In the file, relative to the file.")]
    public List<string>? Functions { get; init; }

    [Description("Whether the testcard may fault on demand. Default false.")]
    public bool? Faults { get; init; }

    [Description("Whether the plot engine may unpickle what clients send, which runs as code. Default false.")]
    public bool? AllowPickle { get; init; }

    [Description("Whether a job whose file a worker holds open may go before others of its priority (at most eight, for five seconds). Default true.")]
    public bool? Affinity { get; init; }

    [Description("Workers that take no job of a priority below 50 for a minute after each job of 50 and more, so that those find one free; one worker always "
        + "takes all, and an only one waits 50 ms after each such job. Where none was kept, what one has done for less than 10 s for another is ended and later "
        + "begun anew. Default 1; 0 keeps none.")]
    [Range(0, 255)]
    public int? KeepFree { get; init; }

    [Description("Niceness of the workers: with more than 0 they yield to everything else on the machine. Default 0.")]
    [Range(0, 19)]
    public int? Nice { get; init; }

    [Description("Seconds from spawn to ready. Default 60.")]
    [Range(0.1, 86_400.0)]
    public double? StartTimeoutSeconds { get; init; }

    [Description("Seconds an attempt may run unless its job says otherwise. Default 600.")]
    [Range(0.1, 31_536_000.0)]
    public double? CallTimeoutSeconds { get; init; }

    [Description("Seconds without progress, output line or reply after which an attempt counts as stalled. Default 120.")]
    [Range(0.1, 31_536_000.0)]
    public double? StallTimeoutSeconds { get; init; }

    [Description("Seconds a canceled call may take to end before its worker is killed. Default 10.")]
    [Range(0.0, 3_600.0)]
    public double? CancelGraceSeconds { get; init; }

    [Description("Recycle a worker after that many calls. Default: never.")]
    [Range(1, int.MaxValue)]
    public int? RecycleCalls { get; init; }

    [Description("Recycle a worker after that age in seconds. Default: never.")]
    [Range(1.0, 31_536_000.0)]
    public double? RecycleAgeSeconds { get; init; }

    [Description("Recycle a worker above that resident memory in bytes. Default: never.")]
    [Range(1L << 20, 1L << 50)]
    public long? RecycleMemoryBytes { get; init; }

    [Description("Largest sum of a call's outputs in bytes. Default 1 GiB.")]
    [Range(1L, 1L << 50)]
    public long? OutputBytes { get; init; }

    [Description("Jobs that may be waiting, scheduled and queued; one more is answered 429. Default 10000.")]
    [Range(1, 100_000_000)]
    public int? QueueLimit { get; init; }
}
