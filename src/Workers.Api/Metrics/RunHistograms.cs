using System.Collections.Concurrent;

namespace Workers.Api.Metrics;

/// <summary>How long jobs waited and ran, by engine, since this process began to look. As many entries as there are engines.</summary>
internal sealed class RunHistograms
{
    private readonly ConcurrentDictionary<string, Histogram> waits = new();
    private readonly ConcurrentDictionary<string, Histogram> runs = new();

    /// <summary>Seconds from queued to started.</summary>
    public IReadOnlyDictionary<string, Histogram> Waits => waits;

    /// <summary>Seconds from started to succeeded.</summary>
    public IReadOnlyDictionary<string, Histogram> Runs => runs;

    /// <summary>A job was started after that wait.</summary>
    public void Waited(string engine, double seconds) => waits.GetOrAdd(engine, _ => new Histogram()).Observe(seconds);

    /// <summary>An attempt succeeded after that time.</summary>
    public void Ran(string engine, double seconds) => runs.GetOrAdd(engine, _ => new Histogram()).Observe(seconds);
}
