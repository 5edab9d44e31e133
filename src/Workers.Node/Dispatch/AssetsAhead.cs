using Microsoft.Extensions.Logging;
using Workers.Blobs;

namespace Workers.Node.Dispatch;

/// <summary>
/// Fetches the assets of the job that is next in the queue while this one runs, where blobs come from far: when its turn comes, they are here. One
/// job's at a time; whoever gets that job in the end, nothing is lost but the copies.
/// </summary>
/// <param name="blobs">The store; its local copies are what is filled.</param>
/// <param name="isWanted">False where blobs are files already.</param>
/// <param name="logger">Hears of what could not be fetched; the attempt itself will tell the client.</param>
internal sealed partial class AssetsAhead(IBlobStore blobs, bool isWanted, ILogger<AssetsAhead> logger)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private int busy;

    /// <summary>Whether a claim should say what is next.</summary>
    public bool IsWanted => isWanted && Volatile.Read(ref busy) == 0;

    /// <summary>Fetches; never fails.</summary>
    /// <param name="hexes">The next job's assets; an empty list costs nothing.</param>
    /// <param name="stop">Gives up.</param>
    public async Task FetchAsync(IReadOnlyList<string> hexes, CancellationToken stop)
    {
        if (hexes.Count == 0 || Interlocked.Exchange(ref busy, 1) == 1)
            return;
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limited.CancelAfter(Limit);
        try
        {
            foreach (var hex in hexes)
                await blobs.PathAsync(hex, limited.Token);
        }
        catch (Exception error) // Each store fails in its own way; nobody waits for this.
        {
            LogNotFetched(hexes.Count, error.Message);
        }
        finally
        {
            Volatile.Write(ref busy, 0);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The next job's {Count} assets could not be fetched ahead: {Reason}")]
    private partial void LogNotFetched(int count, string reason);
}
