using System.Globalization;

namespace Workers.Jobs.Processes;

/// <summary>What <c>/proc/PID/stat</c> says of a process (proc(5)).</summary>
/// <param name="Pid">Process id.</param>
/// <param name="State">One letter; Z is a zombie.</param>
/// <param name="Parent">Process that started it, or has taken its place.</param>
/// <param name="Group">Process group.</param>
/// <param name="StartTicks">Clock ticks since boot.</param>
/// <param name="ResidentPages">Resident memory in pages.</param>
public readonly record struct ProcessStat(int Pid, char State, int Parent, int Group, long StartTicks, long ResidentPages)
{
    /// <summary>Whether it has ended and only waits to be reaped.</summary>
    public bool IsZombie => State is 'Z' or 'X';

    /// <summary>Null when there is no such process, or no /proc.</summary>
    public static ProcessStat? Read(int pid)
    {
        try
        {
            return Parse(pid, File.ReadAllText($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/stat"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null; // Gone meanwhile: that is an answer.
        }
    }

    /// <summary>Every process there is; empty where there is no /proc.</summary>
    public static IEnumerable<ProcessStat> ReadAll()
    {
        if (!Directory.Exists("/proc/self"))
            yield break;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder.AsSpan()), CultureInfo.InvariantCulture, out var pid) && Read(pid) is { } stat)
                yield return stat;
        }
    }

    private static ProcessStat? Parse(int pid, string text)
    {
        // The second field is the program's name in brackets and may hold anything, also brackets and spaces: count from the last one.
        var rest = text.AsSpan(text.LastIndexOf(')') + 2);
        Span<Range> fields = stackalloc Range[30];
        if (rest.Split(fields, ' ') < 23)
            return null;
        return new ProcessStat(pid, rest[fields[0]][0], (int)Number(rest[fields[1]]), (int)Number(rest[fields[2]]), Number(rest[fields[19]]), Number(rest[fields[21]]));
    }

    private static long Number(ReadOnlySpan<char> field) => long.Parse(field, CultureInfo.InvariantCulture);
}
