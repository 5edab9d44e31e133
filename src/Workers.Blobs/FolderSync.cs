using System.Runtime.InteropServices;

namespace Workers.Blobs;

/// <summary>Writes a folder's entries to the disk (fsync on a directory), which .NET has no call for: a rename is durable only after it.</summary>
internal static partial class FolderSync
{
    private const int ReadOnly = 0; // O_RDONLY everywhere; O_DIRECTORY differs between systems and architectures, and is not needed.

    /// <summary>Syncs it. On systems without such folders (Windows) the rename itself has to do.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    internal static void Sync(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        var descriptor = Open(folder, ReadOnly);
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
