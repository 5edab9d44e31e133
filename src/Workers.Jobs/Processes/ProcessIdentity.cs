using System.Diagnostics;

namespace Workers.Jobs.Processes;

/// <summary>One process for all time: its id together with its start time, because ids are used again.</summary>
/// <param name="Id">Process id.</param>
/// <param name="StartTime">When it started, in the system's own unit (Linux: clock ticks since boot); only good for comparing.</param>
public sealed record ProcessIdentity(int Id, long StartTime)
{
    /// <summary>Whether that very process lives still (a zombie does not live).</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsAlive => OperatingSystem.IsLinux()
        ? ProcessStat.Read(Id) is { IsZombie: false } stat && stat.StartTicks == StartTime
        : ReadStartTime(Id) == StartTime;

    /// <summary>The process that has this id now, also one that has ended and was not reaped yet; or null.</summary>
    public static ProcessIdentity? Of(int id)
    {
        var startTime = OperatingSystem.IsLinux() ? ProcessStat.Read(id)?.StartTicks : ReadStartTime(id);
        return startTime is { } known ? new ProcessIdentity(id, known) : null;
    }

    /// <summary>SIGKILL, if it is still the same process.</summary>
    public void Kill()
    {
        try
        {
            using var process = Process.GetProcessById(Id);
            if (IsAlive)
                process.Kill();
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
            using var process = Process.GetProcessById(id);
            return process.HasExited ? null : process.StartTime.Ticks;
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            return null; // No such process.
        }
    }
}
