namespace Workers.Api.Fetching;

/// <summary>
/// One fetch of a URL at a time in this process: who comes meanwhile waits, and takes what was found after they came, be it the file or why there is
/// none.
/// </summary>
internal sealed class UrlTurns(TimeProvider time)
{
    private readonly Dictionary<string, Turn> turns = [];

    /// <summary>Fetches, or takes what another has fetched since.</summary>
    public async Task<string> TakeAsync(string key, Func<Task<string>> fetch, CancellationToken cancellation)
    {
        var came = time.GetTimestamp();
        var turn = Join(key);
        try
        {
            await turn.Free.WaitAsync(cancellation);
            try
            {
                return turn.Found is { } found && found.At > came ? Given(found) : await FetchAsync(turn, fetch);
            }
            finally
            {
                turn.Free.Release();
            }
        }
        finally
        {
            Leave(key, turn);
        }
    }

    private static string Given(Answer found) =>
        found.Hex ?? throw new FetchException(found.Failure!.Kind, found.Failure.Message, found.Failure) { Retryable = found.Failure.Retryable };

    private async Task<string> FetchAsync(Turn turn, Func<Task<string>> fetch)
    {
        var began = time.GetTimestamp();
        try
        {
            var hex = await fetch();
            turn.Found = new Answer(began, hex, null);
            return hex;
        }
        catch (FetchException failure)
        {
            turn.Found = new Answer(began, null, failure);
            throw;
        }
    }

    private Turn Join(string key)
    {
        lock (turns)
        {
            if (!turns.TryGetValue(key, out var turn))
                turns[key] = turn = new Turn();
            turn.Users++;
            return turn;
        }
    }

    private void Leave(string key, Turn turn)
    {
        lock (turns)
        {
            if (--turn.Users > 0)
                return;
            turns.Remove(key);
            turn.Free.Dispose();
        }
    }

    private sealed record Answer(long At, string? Hex, FetchException? Failure);

    private sealed class Turn
    {
        public SemaphoreSlim Free { get; } = new(1);

        public int Users { get; set; }

        public Answer? Found { get; set; }
    }
}
