using System.Diagnostics;
using Workers.Node.Runtime;

namespace Workers.Node.Tests.Runtime;

public sealed class RuntimeFolderTests
{
    [Fact]
    public void One_node_holds_it_and_its_successor_is_known_by_the_same_instance()
    {
        using var temp = new TempFolder();
        string instance;
        using (var folder = new RuntimeFolder(temp.Below("run")))
        {
            instance = folder.Instance;
            var error = Assert.Throws<RuntimeFolderInUseException>(() => new RuntimeFolder(temp.Below("run")));
            Assert.Contains("--runtime", error.Message, StringComparison.Ordinal);
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder.Root));

            // What a crash leaves: files of calls, a socket.
            folder.Empty();
            Directory.CreateDirectory(folder.CallFolder("c1"));
            File.WriteAllText(Path.Combine(folder.CallFolder("c1"), "image.png"), "x");
            File.WriteAllText(folder.Socket, "");
        }

        using var next = new RuntimeFolder(temp.Below("run"));
        next.Empty();
        Assert.Equal(instance, next.Instance);
        Assert.Matches("^[0-9a-f]{32}$", instance);
        Assert.Empty(Directory.GetFileSystemEntries(temp.Below("run", "calls")));
        Assert.False(File.Exists(next.Socket));
    }

    [Theory]
    [InlineData("""touch "$1/$(printf 'a\200.txt')" """)] // No UTF-8.
    [InlineData("""mkdir -p "$1/a/b" && touch "$1/a/b/c" && chmod 0 "$1/a/b" "$1/a" """)]
    [InlineData("""ln -s "$2" "$1/link" && ln -s / "$1/root" && touch "$1/$(printf '\377')" """)]
    [InlineData("""touch -- "$1/-rf" "$1/ a b" "$1/$(printf '\377')" """)]
    public async Task Whatever_a_worker_left_in_its_folder_goes_and_nothing_else(string left)
    {
        using var temp = new TempFolder();
        var (folder, outside) = (temp.Below("call"), temp.Below("outside"));
        Directory.CreateDirectory(folder);
        Directory.CreateDirectory(outside);
        await File.WriteAllTextAsync(Path.Combine(outside, "kept"), "x");
        using var shell = Process.Start("/bin/sh", ["-c", left, "sh", folder, outside]);
        await shell.WaitForExitAsync().WithinLimitAsync();
        Assert.Equal(0, shell.ExitCode);
        RuntimeFolder.Remove(folder);
        Assert.False(Directory.Exists(folder));
        Assert.True(File.Exists(Path.Combine(outside, "kept")));
    }
}
