using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Workers.Node.Processes;

/// <summary>The few system calls that .NET has no method for (Linux numbers; other systems take other ways, see the callers).</summary>
internal static partial class NativeMethods
{
    public const int SignalTerminate = 15;
    public const int SignalKill = 9;

    public const int OpenReadOnly = 0;
    public const int OpenNonBlocking = 0x800;
    public const int OpenCloseOnExec = 0x80000;

    /// <summary>AT_EMPTY_PATH: of the handle itself.</summary>
    public const int StatusOfHandle = 0x1000;

    /// <summary>STATX_TYPE: only what kind of file it is.</summary>
    public const uint StatusType = 1;

    /// <summary>O_DIRECTORY and O_NOFOLLOW differ between architectures of Linux.</summary>
    public static readonly int OpenDirectory = IsArm ? 0x4000 : 0x10000;

    /// <inheritdoc cref="OpenDirectory"/>
    public static readonly int OpenNoFollow = IsArm ? 0x8000 : 0x20000;

    private const int Interrupted = 4;
    private const nuint BytesReadable = 0x541B;

    private static bool IsArm => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;

    /// <summary>Bytes that wait in a pipe; 0 when it cannot be told.</summary>
    public static int ReadableBytes(SafeHandle pipe)
    {
        try
        {
            return Control(pipe, BytesReadable, out var bytes) == 0 ? bytes : 0;
        }
        catch (ObjectDisposedException)
        {
            return 0; // Closed in this moment.
        }
    }

    /// <summary>Waits, without limit, until at least one of them is ready.</summary>
    public static void WaitForAny(PollEntry[] entries)
    {
        while (Poll(ref entries[0], (nuint)entries.Length, -1) < 0)
        {
            if (Marshal.GetLastPInvokeError() != Interrupted)
                throw new IOException($"poll failed with error {Marshal.GetLastPInvokeError()}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Kill(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "setpriority", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int SetPriority(int kind, int id, int nice);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial SafeFileHandle OpenAt(SafeFileHandle folder, string name, int flags);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Status(SafeFileHandle file, string path, int flags, uint mask, ref byte status);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Poll(ref PollEntry entries, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(SafeHandle file, nuint request, out int value);
}
