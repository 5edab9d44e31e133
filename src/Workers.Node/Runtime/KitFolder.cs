namespace Workers.Node.Runtime;

/// <summary>Where the Python worker kit is: what <c>${kit}</c> in an engine's command and environment stands for.</summary>
public static class KitFolder
{
    private const string Placeholder = "${kit}";

    /// <summary>
    /// The folder that holds <c>workers_kit</c>: <c>WORKERS_KIT</c> where set, else <c>python</c> beside the program, else <c>src/python</c> of the
    /// repository the program was built in; null when none of them is there.
    /// </summary>
    public static string? Path { get; } = Find();

    /// <summary>Puts the folder in place of <c>${kit}</c>.</summary>
    /// <exception cref="InvalidOperationException">The text names the kit and there is none.</exception>
    public static string Expand(string text) =>
        !text.Contains(Placeholder, StringComparison.Ordinal)
            ? text
            : text.Replace(
                Placeholder,
                Path ?? throw new InvalidOperationException("The worker kit was not found; set WORKERS_KIT to the folder that holds workers_kit."),
                StringComparison.Ordinal);

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("WORKERS_KIT") is { Length: > 0 } named)
            return System.IO.Path.GetFullPath(named);
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            foreach (var place in new[] { "python", System.IO.Path.Combine("src", "python") })
            {
                var path = System.IO.Path.Combine(folder.FullName, place);
                if (Directory.Exists(System.IO.Path.Combine(path, "workers_kit")))
                    return path;
            }
        }

        return null;
    }
}
