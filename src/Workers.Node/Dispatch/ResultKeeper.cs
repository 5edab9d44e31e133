using System.Globalization;
using Workers.Jobs;
using Workers.Jobs.Files;
using Workers.Node.Protocol;

namespace Workers.Node.Dispatch;

/// <summary>
/// Judges whether what a call delivered may answer others, and with which files it stands or falls: each is named below a root and known by its
/// content, which must be the one that the worker read.
/// </summary>
internal sealed class ResultKeeper(FileDigests digests, IReadOnlyDictionary<string, string> roots)
{
    private const string RootPrefix = "root:";
    private readonly Lazy<List<(string Name, string Folder)>> folders = new(
        () => [.. roots.Select(root => (root.Key, AssetResolver.RealPath(Path.GetFullPath(root.Value)).TrimEnd('/') + "/"))]);

    /// <summary>The judgement; null for a job whose result is its own.</summary>
    public async Task<Keeping?> JudgeAsync(RunningAttempt attempt, CallReply reply, string? build, CancellationToken cancellation)
    {
        if (attempt.Job.Caching is null)
            return null;
        if (build is null)
            return Keeping.Refused(null, "the worker does not say what code it runs");
        if (reply.Uncacheable is { } reason)
            return Keeping.Refused(build, reason.Length == 0 ? "the function said so" : reason);
        var files = new Dictionary<string, string>();
        foreach (var (reference, asset) in attempt.Assets.Where(asset => asset.Key.StartsWith(RootPrefix, StringComparison.Ordinal)))
        {
            if (await digests.OfAsync(asset.Path, cancellation) is not { } digest || IdentityOf(reference, digest.Stamp) != asset.Id)
                return Keeping.Refused(build, "a file that it read has changed meanwhile");
            files[reference] = digest.Hex;
        }

        foreach (var read in reply.Reads.Where(read => attempt.Assets.Values.All(asset => asset.Path != read.Path)))
        {
            if (NameOf(read.Path) is not { } name)
                return Keeping.Refused(build, "it read a file outside of the roots");
            if (await digests.OfAsync(read.Path, cancellation) is not { } digest
                || (digest.Stamp.Size, digest.Stamp.ModifiedNs) != (read.Size, read.ModifiedNs))
                return Keeping.Refused(build, "a file that it read has changed meanwhile");
            files[name] = digest.Hex;
        }

        return new Keeping(build, null, files);
    }

    private static string IdentityOf(string reference, FileStamp stamp) =>
        AssetIdentity.OfRootFile(reference, stamp.Size, DateTime.UnixEpoch.Ticks + stamp.ModifiedNs / TimeSpan.NanosecondsPerTick);

    private string? NameOf(string path)
    {
        foreach (var (name, folder) in folders.Value)
        {
            if (path.StartsWith(folder, StringComparison.Ordinal))
                return string.Create(CultureInfo.InvariantCulture, $"{RootPrefix}{name}/{path.AsSpan(folder.Length)}");
        }

        return null;
    }
}
