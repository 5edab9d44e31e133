namespace Workers.Jobs.Watching;

/// <summary>A file in a watched folder, as it was when it had settled, and what became of the calls for it.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="ModifiedAt">When it was written.</param>
/// <param name="Calls">By function.</param>
public sealed record WatchedFile(long Size, DateTimeOffset ModifiedAt, IReadOnlyDictionary<string, WatchedCall> Calls)
{
    /// <summary>Whether it still has that size and time.</summary>
    public bool Is(FileStamp stamp) => Size == stamp.Size && ModifiedAt == stamp.ModifiedAt;

    /// <summary>The same with one call's news.</summary>
    public WatchedFile With(string function, WatchedCall call) =>
        this with { Calls = new Dictionary<string, WatchedCall>(Calls) { [function] = call } };

    /// <summary>The same without a call, so that it is made anew.</summary>
    public WatchedFile Without(string function) =>
        this with { Calls = Calls.Where(call => call.Key != function).ToDictionary() };
}

/// <summary>What is looked at to see whether a file changed.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="ModifiedAt">When it was written.</param>
public readonly record struct FileStamp(long Size, DateTimeOffset ModifiedAt);

/// <summary>A call for a watched file.</summary>
/// <param name="State"><c>queued</c> until it is over, then as the job's; <c>refused</c> where it was not even taken.</param>
/// <param name="Job">Its job.</param>
/// <param name="Asset">What it made, <c>sha256:…</c>; kept as long as the file stays.</param>
/// <param name="Message">Why it failed.</param>
public sealed record WatchedCall(string State, string? Job, string? Asset = null, string? Message = null)
{
    /// <summary>The state of a call that is not over.</summary>
    public const string Queued = "queued";

    /// <summary>The state of a call that was not taken.</summary>
    public const string Refused = "refused";
}
