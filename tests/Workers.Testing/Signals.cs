using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Workers.Testing;

/// <summary>POSIX signals to processes that a test started.</summary>
public static class Signals
{
    private const int Kill = 9;
    private const int Terminate = 15;
    private const int Continue = 18;
    private const int Stop = 19;

    /// <summary>SIGKILL.</summary>
    public static void SendKill(int processId) => Send(processId, Kill);

    /// <summary>SIGTERM: what a service manager sends.</summary>
    public static void SendTerminate(int processId) => Send(processId, Terminate);

    /// <summary>SIGSTOP: the process stands still and keeps its sockets.</summary>
    public static void SendStop(int processId) => Send(processId, Stop);

    /// <summary>SIGCONT.</summary>
    public static void SendContinue(int processId) => Send(processId, Continue);

    private static void Send(int processId, int signal)
    {
        if (kill(processId, signal) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"kill({processId}, {signal})");
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int processId, int signal);
}
