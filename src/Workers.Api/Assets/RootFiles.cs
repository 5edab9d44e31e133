using Workers.Jobs.Configuration;

namespace Workers.Api.Assets;

/// <summary>Checks <c>root:NAME/path</c>: only regular files beneath the configured folder NAME, whatever links say.</summary>
public sealed class RootFiles(ServerSettings settings)
{
    /// <summary>What such names begin with.</summary>
    public const string Prefix = "root:";

    /// <summary>What is wrong with the name, or null.</summary>
    public string? Check(string name)
    {
        var rest = name.AsSpan(Prefix.Length);
        var slash = rest.IndexOf('/');
        if (slash <= 0 || slash == rest.Length - 1)
            return "Must be root:NAME/path, with the name of a configured root.";
        var (root, path) = (rest[..slash].ToString(), rest[(slash + 1)..].ToString());
        if (!settings.Roots.TryGetValue(root, out var folder))
        {
            return settings.Roots.Count == 0
                ? "No roots are configured on this server; upload the file (POST /v1/assets) and name it sha256:…"
                : $"There is no root '{root}'; there are {string.Join(", ", settings.Roots.Keys)}.";
        }

        return IsLexicallyInside(path) ? CheckOnDisk(folder, path, root) : $"The path leaves the root '{root}'.";
    }

    // No "..", no absolute path, no backslash that another system would read as a separator.
    private static bool IsLexicallyInside(string path) =>
        !Path.IsPathRooted(path)
        && !path.Contains('\\', StringComparison.Ordinal)
        && !path.Any(char.IsControl)
        && path.Split('/').All(part => part is not ("" or "." or ".."));

    private static string? CheckOnDisk(string folder, string path, string root)
    {
        if (!Directory.Exists(folder))
            return $"The folder of root '{root}' is not there on this server.";
        // Every part is looked at, so that no link on the way leads out.
        var real = Real(Path.GetFullPath(folder));
        var current = real;
        foreach (var part in path.Split('/'))
        {
            current = Real(Path.Combine(current, part));
            if (!current.StartsWith(real.TrimEnd('/') + "/", StringComparison.Ordinal))
                return $"The path leaves the root '{root}' through a link.";
        }

        return File.Exists(current) ? null : $"There is no such file under the root '{root}'.";
    }

    private static string Real(string path)
    {
        FileSystemInfo entry = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
        try
        {
            return entry.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;
        }
        catch (IOException)
        {
            // A loop of links: names nothing.
            return path;
        }
    }
}
