using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Workers.Blobs;
using Workers.Jobs.Assets;

namespace Workers.Node.Maintenance;

/// <summary>
/// Carries small outputs from Redis, where their jobs' ends brought them, on to the blob store: this node's own at once, several at a time; those of a
/// node that is gone after a while.
/// </summary>
internal sealed partial class BlobCarrier(ArrivingBlobs blobs, ArrivingBytes arriving, ILogger<BlobCarrier> logger)
    : MaintenanceLoop(TimeSpan.FromSeconds(5), logger)
{
    private const int Batch = 64;
    private const int MostWaiting = 256;
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Forsaken = TimeSpan.FromSeconds(10);

    private readonly ConcurrentQueue<string> own = new();
    private TimeSpan forsaken; // Zero for the first look: nobody carries for the process that ran here before.

    /// <summary>Whether it takes more. Where the blob store is slower than the jobs, outputs go there first, so that Redis does not fill.</summary>
    public bool HasRoom => own.Count < MostWaiting;

    /// <summary>These are in Redis now.</summary>
    public void Carry(IReadOnlyList<CarriedBytes> carried)
    {
        foreach (var one in carried)
            own.Enqueue(one.Hex);
        if (carried.Count > 0)
            Wake();
    }

    /// <inheritdoc/>
    protected override async Task<bool> RunOnceAsync(CancellationToken cancellation)
    {
        if (own.Count is > 0 and < Batch)
            await Task.Delay(Gather, cancellation);
        var hexes = new List<string>(Batch);
        while (hexes.Count < Batch && own.TryDequeue(out var hex))
            hexes.Add(hex);
        // Whatever is taken here and cannot be stored now stays in Redis and is found there again.
        var found = hexes.Count > 0 ? hexes : await arriving.OldestAsync(forsaken, Batch, cancellation);
        forsaken = hexes.Count == 0 && found.Count < Batch ? Forsaken : forsaken;
        if (found.Count == 0)
            return false;
        foreach (var bytes in await arriving.FindAsync([.. found.Distinct()], cancellation))
        {
            if (bytes is not null) // Else another node was quicker, or its asset was deleted.
                await StoreAsync(bytes, cancellation);
        }

        await arriving.ForgetAsync(found, cancellation);
        LogCarried(found.Count);
        return true;
    }

    private async Task StoreAsync(byte[] bytes, CancellationToken cancellation)
    {
        using var content = new MemoryStream(bytes, writable: false);
        await blobs.StoreAsync(content, bytes.Length, cancellation);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Carried {Count} small outputs to the blob store")]
    private partial void LogCarried(int count);
}
