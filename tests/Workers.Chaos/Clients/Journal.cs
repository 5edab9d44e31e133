using System.Collections.Concurrent;

namespace Workers.Chaos.Clients;

/// <summary>An acknowledged submit, as its client noted it.</summary>
/// <param name="Key">The Idempotency-Key it was sent under.</param>
/// <param name="JobId">The job that was answered.</param>
public sealed record Acknowledgement(string Key, string JobId);

/// <summary>What the clients know. Nothing of it comes from the server's own store.</summary>
internal sealed class Journal
{
    /// <summary>Every acknowledgement, also of repeated submits.</summary>
    public ConcurrentQueue<Acknowledgement> Acknowledgements { get; } = new();

    /// <summary>Requests that were not answered as hoped and sent again.</summary>
    public int Repeats => repeats;

    private int repeats;

    /// <summary>Notes a request that has to be sent again.</summary>
    public void NoteRepeat() => Interlocked.Increment(ref repeats);
}
