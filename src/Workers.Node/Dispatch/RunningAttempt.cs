using System.Diagnostics;
using Workers.Jobs;
using Workers.Node.Protocol;

namespace Workers.Node.Dispatch;

/// <summary>Why an attempt is to end before its call does.</summary>
internal enum StopReason
{
    /// <summary>It is not.</summary>
    None,

    /// <summary>A client canceled the job.</summary>
    Canceled,

    /// <summary>The lease is another's now: whatever comes of the attempt is thrown away.</summary>
    LeaseLost,

    /// <summary>The node stops; the job goes back to the queue.</summary>
    NodeStops,

    /// <summary>A job in a hurry needs the worker; this one goes back to the queue.</summary>
    Preempted,
}

/// <summary>An attempt that this node runs, from its claim until Redis knows its end.</summary>
internal sealed class RunningAttempt(ClaimedJob claimed) : IDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly Lock gate = new();
    private readonly long began = Stopwatch.GetTimestamp();
    private StopReason reason;

    /// <summary>Since it was claimed.</summary>
    public TimeSpan Age => Stopwatch.GetElapsedTime(began);

    /// <summary>As it was claimed.</summary>
    public ClaimedJob Claimed => claimed;

    /// <summary>The job as it was claimed.</summary>
    public Job Job => claimed.Job;

    /// <summary>The right to run it.</summary>
    public Lease Lease => claimed.Lease;

    /// <summary>What its call was given for the assets that its input names.</summary>
    public IReadOnlyDictionary<string, CallAsset> Assets { get; set; } = new Dictionary<string, CallAsset>();

    /// <summary>Canceled when the attempt is to end.</summary>
    public CancellationToken Stop => stop.Token;

    /// <summary>Why it is to end.</summary>
    public StopReason Reason
    {
        get
        {
            lock (gate) return reason;
        }
    }

    /// <summary>Ends it. The first reason counts, but a lost lease overrules any: then nothing may be written any more.</summary>
    public void RequestStop(StopReason why)
    {
        lock (gate)
        {
            if (reason == StopReason.None || why == StopReason.LeaseLost)
                reason = why;
        }

        try
        {
            stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended by itself.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => stop.Dispose();
}
