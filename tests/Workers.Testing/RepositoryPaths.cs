namespace Workers.Testing;

/// <summary>Where things of the repository are, found from the test assembly.</summary>
public static class RepositoryPaths
{
    /// <summary>The folder with <c>Workers.sln</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A path below <see cref="Root"/>.</summary>
    public static string Below(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Workers.sln")))
                return folder.FullName;
        throw new InvalidOperationException($"No Workers.sln above {AppContext.BaseDirectory}: tests read files of the repository.");
    }
}
