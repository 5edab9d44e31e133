using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Workers.Jobs.Files;

/// <summary>What tells without reading it that a file is the same as before: any change of its content changes the stamp.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="ModifiedNs">When its content changed, nanoseconds since 1970.</param>
/// <param name="ChangedNs">When anything of it changed; unlike the other it cannot be set back. 0 where the system does not tell.</param>
/// <param name="Inode">Its number in the file system; 0 where the system does not tell.</param>
public readonly partial record struct FileStamp(long Size, long ModifiedNs, long ChangedNs, ulong Inode)
{
    private const int CurrentFolder = -100; // AT_FDCWD
    private const uint BasicStatus = 0x7FF; // STATX_BASIC_STATS
    private const int TypeMask = 0xF000; // S_IFMT
    private const int Regular = 0x8000; // S_IFREG
    private const long NsPerSecond = 1_000_000_000;

    /// <summary>The tick of a coarse system clock: a file changed twice within one has the same times.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(20);

    /// <summary>The stamp of a regular file, wherever links lead; null where there is none.</summary>
    public static FileStamp? Of(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            var file = new FileInfo(path);
            return file.Exists ? new FileStamp(file.Length, (file.LastWriteTimeUtc - DateTime.UnixEpoch).Ticks * 100, 0, 0) : null;
        }

        // statx(2), because its structure is the same on every architecture: 256 bytes.
        Span<byte> status = stackalloc byte[256];
        if (Status(CurrentFolder, path, 0, BasicStatus, ref MemoryMarshal.GetReference(status)) != 0
            || (BinaryPrimitives.ReadUInt16LittleEndian(status[28..]) & TypeMask) != Regular)
            return null;
        return new FileStamp(
            BinaryPrimitives.ReadInt64LittleEndian(status[40..]), Time(status[112..]), Time(status[96..]),
            BinaryPrimitives.ReadUInt64LittleEndian(status[32..]));
    }

    /// <summary>Whether the file has been as it is for long enough that a further change would show in the stamp.</summary>
    public bool IsSettled(DateTimeOffset now) =>
        (now - DateTimeOffset.UnixEpoch).Ticks * 100 - Math.Max(ModifiedNs, ChangedNs) > Settling.Ticks * 100;

    private static long Time(ReadOnlySpan<byte> at) =>
        BinaryPrimitives.ReadInt64LittleEndian(at) * NsPerSecond + BinaryPrimitives.ReadUInt32LittleEndian(at[8..]);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Status(int folder, string path, int flags, uint mask, ref byte status);
}
