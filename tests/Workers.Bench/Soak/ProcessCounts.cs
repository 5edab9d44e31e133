using Workers.Jobs.Processes;

namespace Workers.Bench.Soak;

/// <summary>What a process holds, as the system counts it.</summary>
/// <param name="Files">Open file descriptors, sockets among them.</param>
/// <param name="Sockets">Sockets.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Children">Processes it started, and theirs.</param>
internal sealed record ProcessCounts(int Files, int Sockets, int Threads, int Children)
{
    /// <summary>Counted now.</summary>
    public static ProcessCounts Of(int pid)
    {
        var targets = Directory.EnumerateFiles($"/proc/{pid}/fd").Select(Target).OfType<string>().ToList();
        return new ProcessCounts(
            targets.Count, targets.Count(target => target.StartsWith("socket:", StringComparison.Ordinal)),
            Directory.EnumerateDirectories($"/proc/{pid}/task").Count(), CountBelow(pid));
    }

    private static string? Target(string descriptor)
    {
        try
        {
            return new FileInfo(descriptor).LinkTarget;
        }
        catch (IOException)
        {
            return null; // Closed meanwhile.
        }
    }

    private static int CountBelow(int pid)
    {
        var parents = ProcessStat.ReadAll().ToLookup(stat => stat.Parent, stat => stat.Pid);
        int Below(int one) => parents[one].Sum(child => 1 + Below(child));
        return Below(pid);
    }
}
