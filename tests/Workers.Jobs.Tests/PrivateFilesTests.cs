using Workers.Jobs.Files;
using Workers.Testing;

namespace Workers.Jobs.Tests;

public sealed class PrivateFilesTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly TempFolder temp = new();

    [Fact]
    public void A_folder_of_our_own_is_made_for_us_alone_and_may_be_there_already()
    {
        var path = temp.Below("a", "b");
        PrivateFiles.CreateOwnFolder(path);
        PrivateFiles.CreateOwnFolder(path);
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(path));
    }

    [Fact]
    public void A_folder_that_others_can_use_or_that_is_a_link_or_not_ours_is_refused()
    {
        var open = temp.Below("open");
        Directory.CreateDirectory(open, OwnerOnly);
        File.SetUnixFileMode(open, OwnerOnly | UnixFileMode.GroupRead);
        Assert.Contains("open to other users", Refusal(open), StringComparison.Ordinal);

        var link = temp.Below("link");
        Directory.CreateDirectory(temp.Below("target"), OwnerOnly);
        File.CreateSymbolicLink(link, temp.Below("target"));
        Assert.Contains("is not a folder", Refusal(link), StringComparison.Ordinal);

        if (Environment.IsPrivilegedProcess)
            Assert.Contains("open to other users", Refusal("/tmp"), StringComparison.Ordinal); // Root's own.
        else
            Assert.Contains("belongs to another user", Refusal("/tmp"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_private_file_replaces_a_readable_one_and_a_leftover()
    {
        var path = temp.Below("secret");
        File.WriteAllText(path, "old");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        File.WriteAllText(path + ".new", "left by a crash");
        PrivateFiles.Write(path, "new"u8);
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Equal([path], Directory.GetFiles(temp.FullPath));
    }

    public void Dispose() => temp.Dispose();

    private static string Refusal(string path) => Assert.Throws<IOException>(() => PrivateFiles.CreateOwnFolder(path)).Message;
}
