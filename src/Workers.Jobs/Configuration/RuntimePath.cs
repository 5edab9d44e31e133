using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Workers.Jobs.Files;

namespace Workers.Jobs.Configuration;

/// <summary>Where sockets go. A Unix socket's path has at most 107 bytes, so it cannot be below a data folder of any depth.</summary>
internal static class RuntimePath
{
    private const int LongestSocketPath = 107;

    /// <summary>Room for the socket's own name below the folder.</summary>
    private const int SocketName = 24;

    // A few calls' outputs must fit into memory; containers often get 64 MB there.
    private const long SmallestMemoryFolder = 2L << 30;

    /// <summary>
    /// A short folder of this data folder's own: below XDG_RUNTIME_DIR where there is one, else below a roomy /dev/shm (each call makes and removes a
    /// folder, which costs a disk's file system half a millisecond), else below /tmp. Decided by what does not change, so that a server that
    /// starts again finds what its predecessor left.
    /// </summary>
    internal static string Default(string dataFolder, IReadOnlyDictionary<string, string> environment)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(dataFolder)))[..12];
        if (environment.GetValueOrDefault("XDG_RUNTIME_DIR") is { Length: > 0 } folder && Directory.Exists(folder))
        {
            var path = Path.Combine(folder, "workers-" + hash);
            if (IsShortEnough(path))
                return path;
        }
        var user = OperatingSystem.IsWindows() ? Environment.UserName : PrivateFiles.UserId().ToString(CultureInfo.InvariantCulture);
        return Path.Combine(Scratch(), $"workers-{user}-{hash}");
    }

    private static string Scratch()
    {
        if (OperatingSystem.IsWindows())
            return Path.GetTempPath();
        return Directory.Exists("/dev/shm") && new DriveInfo("/dev/shm").TotalSize >= SmallestMemoryFolder ? "/dev/shm" : "/tmp";
    }

    internal static bool IsShortEnough(string path) => Encoding.UTF8.GetByteCount(path) + SocketName <= LongestSocketPath;
}
