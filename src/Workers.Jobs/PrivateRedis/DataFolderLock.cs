using System.Globalization;
using Workers.Jobs.Files;

namespace Workers.Jobs.PrivateRedis;

/// <summary>
/// The exclusive right to a data folder: <c>&lt;data&gt;/lock</c>, opened by nobody else. The operating system lets go of it when the process ends,
/// however that happens. Why so strict: two Redis servers on one folder destroyed every acknowledged write in a trial.
/// </summary>
public sealed class DataFolderLock : IDisposable
{
    private readonly FileStream file;
    private readonly string holderFile;

    private DataFolderLock(FileStream file, string holderFile) => (this.file, this.holderFile) = (file, holderFile);

    /// <summary>Takes it; creates the folder (0700) where there is none.</summary>
    /// <exception cref="DataFolderInUseException">Another process, or another part of this one, has it.</exception>
    /// <exception cref="PrivateRedisException">The folder cannot be written.</exception>
    public static DataFolderLock Take(string dataFolder)
    {
        var path = Path.Combine(dataFolder, "lock");
        var holderFile = Path.Combine(dataFolder, "server.pid"); // Apart from the lock, which nobody else may even read.
        FileStream file;
        try
        {
            PrivateFiles.CreateFolder(dataFolder);
            // FileShare.None is flock(LOCK_EX | LOCK_NB) on Unix, bound to this open file. Children do not inherit it (O_CLOEXEC).
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            throw new DataFolderInUseException(dataFolder, ReadHolder(holderFile));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PrivateRedisException($"The data folder {dataFolder} cannot be used: {error.Message}", error);
        }
        File.WriteAllText(holderFile, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        return new DataFolderLock(file, holderFile);
    }

    /// <summary>Lets go. The lock's file stays: removing it would let two later processes lock two different files of one name.</summary>
    public void Dispose()
    {
        if (!file.CanRead)
            return;
        File.Delete(holderFile);
        file.Dispose();
    }

    private static string? ReadHolder(string holderFile)
    {
        try
        {
            return File.ReadAllText(holderFile) is { Length: > 0 and < 12 } holder ? holder : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null; // Only a hint for the message.
        }
    }
}
