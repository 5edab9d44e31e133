using System.Runtime.InteropServices;

namespace Workers.Node.Processes;

/// <summary>poll(2)'s struct pollfd, for readiness to be read.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct PollEntry
{
    private readonly int file;
    private readonly short wanted;
    private readonly short found;

    private PollEntry(int file, short wanted)
    {
        this.file = file;
        this.wanted = wanted;
    }

    /// <summary>Takes no part in the wait.</summary>
    public static PollEntry None { get; } = new(-1, 0);

    /// <summary>There is something to read, or the end, or an error that reading tells.</summary>
    public bool IsReady => found != 0;

    /// <summary>For an open file, which the caller keeps open.</summary>
    public static PollEntry For(SafeHandle handle) => new((int)handle.DangerousGetHandle(), 1);
}
