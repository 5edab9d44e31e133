using System.IO.Enumeration;
using Microsoft.Extensions.FileSystemGlobbing;
using Workers.Jobs.Configuration;
using Workers.Jobs.Watching;

namespace Workers.Api.Watching;

/// <summary>One look at a root: the files that its watches are for. Links are not followed, so that nothing outside is ever seen.</summary>
internal static class FolderLook
{
    /// <summary>Files of one root that are watched at most; the others are passed over.</summary>
    public const int Most = 100_000;

    /// <summary>The files by their path beneath the root, with the watches they belong to; null where the folder is not there just now.</summary>
    /// <param name="folder">The root's folder.</param>
    /// <param name="watches">Those of this root.</param>
    /// <param name="cancellation">Ends it.</param>
    public static Dictionary<string, (FileStamp Stamp, List<WatchSettings> Watches)>? At(
        string folder, IReadOnlyList<WatchSettings> watches, CancellationToken cancellation)
    {
        var full = Path.GetFullPath(folder);
        if (!Directory.Exists(full))
            return null;
        var patterns = watches.Select(watch => (watch, Matcher: new Matcher(StringComparison.Ordinal).AddInclude(watch.Pattern))).ToList();
        var found = new Dictionary<string, (FileStamp, List<WatchSettings>)>();
        foreach (var (path, stamp) in Files(full))
        {
            cancellation.ThrowIfCancellationRequested();
            var fitting = patterns.Where(pattern => pattern.Matcher.Match(path).HasMatches).Select(pattern => pattern.watch).ToList();
            if (fitting.Count > 0 && found.Count < Most)
                found[path] = (stamp, fitting);
        }

        return found;
    }

    private static FileSystemEnumerable<(string Path, FileStamp Stamp)> Files(string root)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        return new FileSystemEnumerable<(string, FileStamp)>(
            root,
            (ref entry) => (Path.GetRelativePath(root, entry.ToFullPath()).Replace('\\', '/'), new FileStamp(entry.Length, entry.LastWriteTimeUtc)),
            options)
        {
            ShouldIncludePredicate = (ref entry) => !entry.IsDirectory && !entry.FileName.StartsWith("."),
            ShouldRecursePredicate = (ref entry) => !entry.FileName.StartsWith("."),
        };
    }
}
