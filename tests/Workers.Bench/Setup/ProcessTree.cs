using System.Globalization;

namespace Workers.Bench.Setup;

/// <summary>What a process and everything it started have used of the processors.</summary>
internal static class ProcessTree
{
    private const double TicksPerSecond = 100; // USER_HZ, which Linux promises to programs.

    /// <summary>Seconds of processor time of all that live, and of those among their children that ended.</summary>
    public static double ProcessorSeconds(int root)
    {
        var all = Directory.EnumerateDirectories("/proc").Select(Read).OfType<Stat>().ToDictionary(stat => stat.Pid);
        return all.Values.Where(stat => IsBeneath(stat, root, all)).Sum(stat => stat.Ticks) / TicksPerSecond;
    }

    private static bool IsBeneath(Stat stat, int root, Dictionary<int, Stat> all)
    {
        for (var current = stat; ; current = all[current.Parent])
        {
            if (current.Pid == root) return true;
            if (!all.ContainsKey(current.Parent)) return false;
        }
    }

    private static Stat? Read(string folder)
    {
        if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)) return null;
        try
        {
            // The name in parentheses may hold spaces; fields are counted behind it: state, parent, … utime (12th), stime, cutime, cstime.
            var text = File.ReadAllText(Path.Combine(folder, "stat"));
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            var ticks = fields[11..15].Sum(field => long.Parse(field, CultureInfo.InvariantCulture));
            return new Stat(pid, int.Parse(fields[1], CultureInfo.InvariantCulture), ticks);
        }
        catch (IOException)
        {
            return null; // Gone in the meantime.
        }
    }

    private sealed record Stat(int Pid, int Parent, long Ticks);
}
