using System.Diagnostics;
using System.Globalization;

namespace Workers.Jobs.PrivateRedis;

/// <summary>A process that cannot be confused with a later one of the same number.</summary>
/// <param name="Id">Process id.</param>
/// <param name="StartTime">When it started, in the system's own unit; only good for comparing.</param>
internal sealed record ProcessIdentity(int Id, long StartTime)
{
    /// <summary>The living process of that number, or null.</summary>
    internal static ProcessIdentity? Of(int id) => ReadStartTime(id) is { } startTime ? new ProcessIdentity(id, startTime) : null;

    internal bool IsAlive => Of(Id) == this;

    /// <summary>SIGKILL, if it is still the same process.</summary>
    internal void Kill()
    {
        try
        {
            using var process = Process.GetProcessById(Id);
            if (IsAlive) process.Kill();
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            // Gone already.
        }
    }

    private static long? ReadStartTime(int id)
    {
        try
        {
            if (!OperatingSystem.IsLinux())
            {
                using var process = Process.GetProcessById(id);
                return process.HasExited ? null : process.StartTime.Ticks;
            }
            // proc(5), /proc/PID/stat: the name (2) may hold blanks and brackets, so count from the last ')': state is 3, starttime is 22.
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            var isDead = fields[0] is "Z" or "X";
            return isDead ? null : long.Parse(fields[22 - 3], CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is IOException or ArgumentException or InvalidOperationException or UnauthorizedAccessException)
        {
            return null; // No such process.
        }
    }
}
