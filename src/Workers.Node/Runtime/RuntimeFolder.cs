using System.Security.Cryptography;
using Workers.Jobs.Files;

namespace Workers.Node.Runtime;

/// <summary>
/// The node's short-lived files: socket, scratch of workers, folders of calls. One node per folder, held by a lock; private to its user (0700).
/// </summary>
internal sealed class RuntimeFolder : IDisposable
{
    private readonly FileStream held;

    /// <summary>Takes the folder. What a crashed predecessor left stays until <see cref="Empty"/>.</summary>
    /// <exception cref="RuntimeFolderInUseException">Another node holds it.</exception>
    /// <exception cref="IOException">It is a link, another user's, or open to others.</exception>
    public RuntimeFolder(string path)
    {
        Root = Path.GetFullPath(path);
        PrivateFiles.CreateOwnFolder(Root);
        try
        {
            held = new FileStream(Path.Combine(Root, "node.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error)
        {
            throw new RuntimeFolderInUseException(Root, error);
        }

        PrivateFiles.CreateFolder(WorkerRecords);
        Instance = ReadInstance();
    }

    /// <summary>Its full path.</summary>
    public string Root { get; }

    /// <summary>Identifies the nodes that follow each other in this folder; workers carry it in their environment.</summary>
    public string Instance { get; }

    /// <summary>The socket that workers connect to.</summary>
    public string Socket => Path.Combine(Root, "node.sock");

    /// <summary>A file for each living worker; see <see cref="Processes.OrphanSweeper"/>.</summary>
    public string WorkerRecords => Path.Combine(Root, "workers");

    private string Calls => Path.Combine(Root, "calls");

    private string Scratch => Path.Combine(Root, "scratch");

    /// <summary>Deletes what a crashed predecessor left; only after its workers were ended.</summary>
    public void Empty()
    {
        foreach (var folder in new[] { Calls, Scratch })
        {
            Remove(folder);
            PrivateFiles.CreateFolder(folder);
        }

        File.Delete(Socket);
    }

    /// <summary>Where the files of a call go; its user creates it, and deletes it with <see cref="Remove"/>.</summary>
    /// <param name="name">Unique among the calls under way.</param>
    public string CallFolder(string name) => Path.Combine(Calls, name);

    /// <summary>Makes an empty folder for a worker's home and temporary files.</summary>
    public string CreateScratch(string worker)
    {
        var path = Path.Combine(Scratch, worker);
        Remove(path);
        Directory.CreateDirectory(path);
        return path;
    }

    /// <summary>Deletes a folder made here, with everything in it.</summary>
    public static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Already gone.
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A name that is no UTF-8, which .NET cannot spell; rights that a worker took away; or a process that is just being killed wrote into it
            // once more: what stays even so, the next start of the node empties.
            StubbornFolder.Remove(folder);
        }
    }

    /// <summary>Gives the folder back, emptied.</summary>
    public void Dispose()
    {
        Remove(Calls);
        Remove(Scratch);
        held.Dispose();
    }

    private string ReadInstance()
    {
        var path = Path.Combine(Root, "instance");
        if (File.Exists(path) && File.ReadAllText(path) is { Length: 32 } known)
            return known;
        var made = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        File.WriteAllText(path + ".new", made);
        File.Move(path + ".new", path, overwrite: true);
        return made;
    }
}

/// <summary>Another node holds the runtime folder.</summary>
public sealed class RuntimeFolderInUseException(string path, Exception inner)
    : Exception($"Another node uses the runtime folder {path}: stop it, or give this one its own with --runtime.", inner);
