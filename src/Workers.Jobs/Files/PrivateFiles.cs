using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Workers.Jobs.Files;

/// <summary>Files and folders that only their owner may use.</summary>
public static class PrivateFiles
{
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerFolder = OwnerFile | UnixFileMode.UserExecute;

    private const int CurrentFolder = -100; // AT_FDCWD
    private const int NoFollow = 0x100; // AT_SYMLINK_NOFOLLOW
    private const uint TypeModeAndOwner = 0x1 | 0x2 | 0x8; // STATX_TYPE | STATX_MODE | STATX_UID
    private const int TypeMask = 0xF000; // S_IFMT
    private const int FolderType = 0x4000; // S_IFDIR
    private const int OthersMask = 0x3F; // rwx of group and others

    /// <summary>Creates a folder (0700) and those above it; one that exists is left as it is.</summary>
    public static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, OwnerFolder);
    }

    /// <summary>
    /// Creates a folder (0700), or makes sure that the one that is there is ours alone. For places that everybody can write to, such as /tmp: there
    /// somebody else may have made it first, or put a link in its place.
    /// </summary>
    /// <exception cref="IOException">It is a link, or another user's, or open to others.</exception>
    public static void CreateOwnFolder(string path)
    {
        CreateFolder(path);
        if (!OperatingSystem.IsLinux())
            return;
        // statx(2): its structure is the same on every architecture. stx_uid (32 bits) is at 20, stx_mode (16 bits) at 28.
        var status = new byte[256];
        if (statx(CurrentFolder, path, NoFollow, TypeModeAndOwner, status) != 0)
            throw new IOException($"{path} cannot be examined (errno {Marshal.GetLastPInvokeError()}).");
        var mode = BinaryPrimitives.ReadUInt16LittleEndian(status.AsSpan(28));
        if ((mode & TypeMask) != FolderType)
            throw new IOException($"{path} is not a folder but a link or a file. Remove it, or choose another with --runtime.");
        if (BinaryPrimitives.ReadUInt32LittleEndian(status.AsSpan(20)) != UserId())
            throw new IOException($"{path} belongs to another user. Choose another with --runtime.");
        if ((mode & OthersMask) != 0)
            throw new IOException($"{path} is open to other users. Remove it or `chmod 700` it, or choose another with --runtime.");
    }

    /// <summary>Writes a file (0600): complete under a temporary name, synced, then renamed over the old one.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + ".new";
        File.Delete(temporary); // A crash's leftover could have other rights.
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerFile;
        using (var file = new FileStream(temporary, options))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>The user this process works as (Linux and macOS).</summary>
    internal static uint UserId() => geteuid();

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int statx(int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, byte[] status);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint geteuid();
}
