namespace Workers.Node.Processes;

/// <summary>Signals to all processes of a group: a worker's children must not outlive it.</summary>
internal static class ProcessGroup
{
    /// <summary>SIGTERM: asks them to end.</summary>
    public static void Terminate(int group) => Send(group, NativeMethods.SignalTerminate);

    /// <summary>SIGKILL: ends them.</summary>
    public static void Kill(int group) => Send(group, NativeMethods.SignalKill);

    private static void Send(int group, int signal)
    {
        // kill(-1) reaches every process of this user and kill(-0) our own group: neither is ever meant here.
        ArgumentOutOfRangeException.ThrowIfLessThan(group, 2);

        // The only failure possible for a group of ours is ESRCH: it is empty, which is what the caller wanted.
        _ = NativeMethods.Kill(-group, signal);
    }
}
