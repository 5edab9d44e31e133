namespace Workers.Testing;

/// <summary>A folder of its own under the system's temporary one; gone with everything in it when disposed.</summary>
public sealed class TempFolder : IDisposable
{
    /// <summary>Creates it (0700).</summary>
    public TempFolder() => FullPath = Directory.CreateTempSubdirectory("workers-test-").FullName;

    /// <summary>Its path.</summary>
    public string FullPath { get; }

    /// <summary>A path below it.</summary>
    public string Below(params string[] parts) => Path.Combine([FullPath, .. parts]);

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Directory.Delete(FullPath, recursive: true);
        }
        catch (IOException)
        {
            // A killed process may still be writing its last file: what stays is small and below the system's temporary folder.
        }
    }
}
