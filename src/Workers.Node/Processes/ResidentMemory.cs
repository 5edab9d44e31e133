using Workers.Jobs.Processes;

namespace Workers.Node.Processes;

/// <summary>Resident memory of process groups.</summary>
internal static class ResidentMemory
{
    /// <summary>Bytes for each of these groups, found in one pass over /proc; shared pages count for each process that maps them.</summary>
    /// <param name="groups">Process group ids.</param>
    public static Dictionary<int, long> ByGroup(IReadOnlySet<int> groups)
    {
        var bytes = new Dictionary<int, long>();
        if (groups.Count == 0)
            return bytes;
        foreach (var stat in ProcessStat.ReadAll())
        {
            if (groups.Contains(stat.Group))
                bytes[stat.Group] = bytes.GetValueOrDefault(stat.Group) + stat.ResidentPages * Environment.SystemPageSize;
        }

        return bytes;
    }
}
