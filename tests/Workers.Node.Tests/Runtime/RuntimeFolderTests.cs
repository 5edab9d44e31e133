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
}
