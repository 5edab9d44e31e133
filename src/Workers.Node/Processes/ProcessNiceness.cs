using System.Globalization;

namespace Workers.Node.Processes;

/// <summary>
/// Lets a session's processes yield to others. Niceness alone does nothing between sessions where Linux shares the processor between them
/// first (autogroups, sched(7)), and each worker has a session of its own: there the session is made as nice as its processes.
/// </summary>
internal static class ProcessNiceness
{
    private const int OfGroup = 1; // PRIO_PGRP: every thread of every process in the group.

    /// <summary>Makes a process group as nice as that. A wish: it never fails.</summary>
    /// <param name="group">The group, whose leader leads a session of its own too.</param>
    /// <param name="nice">0–19.</param>
    public static void Apply(int group, int nice)
    {
        if (nice == 0 || !OperatingSystem.IsLinux())
            return;
        _ = NativeMethods.SetPriority(OfGroup, group, nice);
        var session = $"/proc/{group.ToString(CultureInfo.InvariantCulture)}/autogroup";
        try
        {
            // Never our own: the server must not become slow because a worker should.
            if (File.Exists(session) && NameOf(session) != NameOf("/proc/self/autogroup"))
                File.WriteAllText(session, nice.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The process is gone, or the system lets nobody do that.
        }
    }

    // "/autogroup-4096 nice 0"
    private static string NameOf(string session) => File.ReadAllText(session).Split(' ')[0];
}
