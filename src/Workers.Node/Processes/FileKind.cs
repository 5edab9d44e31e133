using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Workers.Node.Processes;

/// <summary>Tells regular files from devices, FIFOs and folders, which .NET does not.</summary>
internal static class FileKind
{
    private const int TypeMask = 0xF000; // S_IFMT
    private const int Regular = 0x8000; // S_IFREG

    /// <summary>Whether an open file is a regular one. On other systems than Linux: whether it can be sought in.</summary>
    public static bool IsRegular(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux())
        {
            using var stream = new FileStream(new SafeFileHandle(file.DangerousGetHandle(), ownsHandle: false), FileAccess.Read);
            return stream.CanSeek;
        }

        // statx(2), because its structure is the same on every architecture: 256 bytes, stx_mode (16 bits) at 28.
        Span<byte> status = stackalloc byte[256];
        return NativeMethods.Status(file, "", NativeMethods.StatusOfHandle, NativeMethods.StatusType, ref MemoryMarshal.GetReference(status)) == 0
            && (BinaryPrimitives.ReadUInt16LittleEndian(status[28..]) & TypeMask) == Regular;
    }
}
