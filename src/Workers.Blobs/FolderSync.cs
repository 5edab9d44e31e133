using System.Runtime.InteropServices;

namespace Workers.Blobs;

/// <summary>Writes a folder's entries to the disk (fsync on a directory), which .NET has no call for: a rename is durable only after it.</summary>
internal static partial class FolderSync
{
    private const int ReadOnlyDirectory = 0x10000; // O_RDONLY | O_DIRECTORY on Linux
    private const int ReadOnlyDirectoryMac = 0x100000; // the same on macOS

    /// <summary>Syncs it. On systems without such folders (Windows) the rename itself has to do.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    internal static void Sync(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        var descriptor = Open(folder, OperatingSystem.IsMacOS() ? ReadOnlyDirectoryMac : ReadOnlyDirectory);
        if (descriptor < 0)
            throw new IOException($"{folder} could not be opened to sync it (errno {Marshal.GetLastPInvokeError()}).");
        try
        {
            if (FSync(descriptor) != 0)
                throw new IOException($"{folder} could not be synced (errno {Marshal.GetLastPInvokeError()}).");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
