using System.Globalization;

namespace Workers.Node.Protocol;

/// <summary>What a worker knows an asset by (<see cref="CallAsset.Id"/>): same identity, same content.</summary>
internal static class AssetIdentity
{
    private const string RootPrefix = "root:";
    private const char Separator = '|';

    /// <summary>Of a file under a root: its reference, size in bytes and time of modification.</summary>
    public static string OfRootFile(string reference, FileInfo file) => OfRootFile(reference, file.Length, file.LastWriteTimeUtc.Ticks);

    /// <inheritdoc cref="OfRootFile(string, FileInfo)"/>
    public static string OfRootFile(string reference, long size, long modifiedTicks) =>
        string.Create(CultureInfo.InvariantCulture, $"{reference}{Separator}{size}{Separator}{modifiedTicks}");

    /// <summary>How an input names the asset with this identity.</summary>
    public static string ReferenceOf(string identity)
    {
        if (!identity.StartsWith(RootPrefix, StringComparison.Ordinal))
            return identity;
        var time = identity.LastIndexOf(Separator);
        var size = time < 1 ? -1 : identity.LastIndexOf(Separator, time - 1);
        return size < 0 ? identity : identity[..size];
    }
}
