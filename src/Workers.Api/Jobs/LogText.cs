using System.Text;

namespace Workers.Api.Jobs;

/// <summary>Cuts logs.</summary>
internal static class LogText
{
    /// <summary>What logs are.</summary>
    public const string MediaType = "text/plain; charset=utf-8";

    // Enough text to find again where the reader is, little enough to search for each time.
    private const int MarkLength = 512;

    /// <summary>The last lines; everything without a number.</summary>
    public static ReadOnlyMemory<byte> Tail(byte[] log, int? lines)
    {
        if (lines is not { } left)
            return log;
        if (left == 0)
            return ReadOnlyMemory<byte>.Empty;
        var end = log is [.., (byte)'\n'] ? log.Length - 1 : log.Length;
        for (var i = end - 1; i >= 0; i--)
        {
            if (log[i] == '\n' && --left == 0)
                return log.AsMemory(i + 1);
        }

        return log;
    }

    /// <summary>
    /// What came after that was sent. Redis keeps the last 64 KB: when its front was cut off, the end of what was sent is looked for.
    /// </summary>
    public static ReadOnlyMemory<byte> After(byte[] sent, byte[] log)
    {
        if (log.AsSpan().StartsWith(sent))
            return log.AsMemory(sent.Length);
        var mark = sent.AsSpan(Math.Max(0, sent.Length - MarkLength));
        var found = log.AsSpan().LastIndexOf(mark);
        return found >= 0 ? log.AsMemory(found + mark.Length) : Encoding.UTF8.GetBytes("\n[… some output was not kept …]\n").Concat(log).ToArray();
    }
}
