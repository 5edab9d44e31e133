using System.Diagnostics;
using System.Security.Cryptography;
using Workers.Testing;
using Xunit;

namespace Workers.Blobs.Tests;

/// <summary>A disk that is full, on a small mount made for it; only root may make one.</summary>
public sealed class FullDiskTests : IDisposable
{
    private readonly TempFolder temp = new();
    private readonly string mount;

    public FullDiskTests()
    {
        mount = Directory.CreateDirectory(temp.Below("mount")).FullName;
        if (SmallMountFactAttribute.Missing is null)
            SmallMountFactAttribute.Run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", mount);
    }

    public void Dispose()
    {
        if (SmallMountFactAttribute.Missing is null)
            SmallMountFactAttribute.Run("umount", mount);
        temp.Dispose();
    }

    [SmallMountFact]
    public async Task A_full_disk_is_told_leaves_nothing_behind_and_takes_again_when_there_is_room()
    {
        var store = new FolderBlobStore(Path.Combine(mount, "blobs"), durable: true, new BlobCache());
        var first = await StoreAsync(store, 1 << 20);
        var error = await Assert.ThrowsAsync<BlobStoreUnavailableException>(() => StoreAsync(store, (1 << 20) + 1));
        Assert.Contains(mount, error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<BlobStoreUnavailableException>(() => StoreAsync(store, 3 << 19));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(mount, "blobs", "incoming")));
        await store.DeleteAsync(first.Hex, default);
        Assert.Equal(1 << 20, (await StoreAsync(store, 1 << 20)).Size);
    }

    private static Task<StoredBlob> StoreAsync(FolderBlobStore store, int size) =>
        store.StoreAsync(new MemoryStream(RandomNumberGenerator.GetBytes(size)), size, default);
}

/// <summary>A test that needs a small mount of its own; skipped where none can be made.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SmallMountFactAttribute : FactAttribute
{
    /// <summary>Tries.</summary>
    public SmallMountFactAttribute() => Skip = Missing;

    /// <summary>Why it is skipped, or null.</summary>
    internal static string? Missing { get; } = Try();

    internal static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    private static string? Try()
    {
        if (!Environment.IsPrivilegedProcess)
            return "Only root may mount a small disk.";
        using var temp = new TempFolder();
        if (!Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", temp.FullPath))
            return "This machine lets nobody mount.";
        Run("umount", temp.FullPath);
        return null;
    }
}
