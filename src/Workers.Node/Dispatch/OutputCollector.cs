using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Workers.Blobs;
using Workers.Jobs;
using Workers.Jobs.Assets;
using Workers.Jobs.Redis;
using Workers.Node.Maintenance;
using Workers.Node.Processes;
using Workers.Node.Protocol;

namespace Workers.Node.Dispatch;

/// <summary>What a worker wrote is not what it may deliver: the attempt fails with <c>output_rejected</c>, the worker stays.</summary>
internal sealed class OutputRejectedException(string message) : Exception(message);

/// <summary>What a call delivered.</summary>
/// <param name="Result">Told to clients.</param>
/// <param name="Carried">Bytes that are not in the blob store yet: they go to Redis with the job's end.</param>
internal sealed record CollectedOutputs(JobResult Result, IReadOnlyList<CarriedBytes> Carried);

/// <summary>
/// Takes a call's outputs out of its folder: large ones into the blob store, small ones along with the job's end, because a write and a sync of
/// their own cost more than the rest of a small job. Trusts nothing that the worker says about them.
/// </summary>
internal sealed partial class OutputCollector(
    ArrivingBlobs blobs, BlobCarrier carrier, AssetRegistry registry, ILogger<OutputCollector> logger)
{
    /// <summary>A function's JSON output above this many bytes becomes an artifact.</summary>
    public const int InlineOutputBytes = 64 * 1024;

    private const int ReadAtOnceBytes = 256 * 1024;
    private const int MaxSnapshotBytes = 256 * 1024;
    private const int MaxArtifacts = 1_000;
    private const int MaxWarnings = 100;
    private const int MaxNameCharacters = 200;
    private const int MaxPathCharacters = 1_000;
    private const int MaxWarningCharacters = 2_000;
    private const string OutputName = "output.json";

    /// <summary>Stores everything that a reply names.</summary>
    /// <param name="reply">The reply.</param>
    /// <param name="warm">How warm the worker was.</param>
    /// <param name="folder">The call's folder.</param>
    /// <param name="quota">Largest sum of all outputs in bytes.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="OutputRejectedException">An output is missing, a link, no regular file, outside the folder, or over the quota.</exception>
    public async Task<CollectedOutputs> CollectAsync(CallReply reply, string warm, string folder, long quota, CancellationToken cancellation)
    {
        if (reply.Artifacts.Count > MaxArtifacts)
            throw new OutputRejectedException($"{reply.Artifacts.Count} outputs are more than the {MaxArtifacts} allowed.");
        var artifacts = new List<JobArtifact>(reply.Artifacts.Count);
        var carried = new List<CarriedBytes>();
        var left = quota;
        foreach (var artifact in reply.Artifacts)
        {
            var stored = await TakeAsync(artifact, folder, left, quota, carried, cancellation);
            if (artifacts.Any(other => other.Name == stored.Name))
                throw new OutputRejectedException($"Two outputs have the name '{stored.Name}'.");
            left -= stored.Size;
            artifacts.Add(stored);
        }

        var output = reply.Output;
        if (output is not null && Encoding.UTF8.GetBytes(output.ToJsonString()) is { Length: > InlineOutputBytes } large)
        {
            artifacts.Add(await StoreOutputAsync(large, cancellation));
            output = null;
        }

        var timings = reply.Timings ?? new CallTimings(0, 0, 0);
        var result = new JobResult
        {
            Output = output,
            Artifacts = artifacts,
            Warnings = [.. reply.Warnings.Take(MaxWarnings).Select(warning => new JobWarning(Shorten(warning.Code), Shorten(warning.Detail)))],
            Warm = warm,
            Timings = new JobTimings(timings.LoadSeconds, timings.RunSeconds, timings.EncodeSeconds),
        };
        return new CollectedOutputs(result, carried);
    }

    /// <summary>
    /// An attempt's outputs were stored for nothing, because its lease is another's: says so again, where it could not be said beforehand. Without it
    /// nobody would know of them, and nobody delete them.
    /// </summary>
    public Task DisownAsync(CollectedOutputs outputs, CancellationToken cancellation) => ExpectAsync(
        [.. outputs.Result.Artifacts.Select(artifact => AssetId.Hex(artifact.Asset)).Except(outputs.Carried.Select(one => one.Hex))], cancellation);

    /// <summary>Reads a snapshot picture, or gives null when it is not what a snapshot may be: a missed one is no failure.</summary>
    public static async Task<JobSnapshot?> ReadSnapshotAsync(SnapshotNotice notice, string folder, CancellationToken cancellation)
    {
        try
        {
            using var file = OpenBeneath(folder, notice.Path);
            var length = RandomAccess.GetLength(file);
            if (length is 0 or > MaxSnapshotBytes)
                return null;
            var bytes = new byte[length];
            var count = await RandomAccess.ReadAsync(file, bytes, 0, cancellation);
            return count == length && IsMediaType(notice.MediaType) ? new JobSnapshot(bytes, notice.MediaType, notice.Width, notice.Height) : null;
        }
        catch (OutputRejectedException)
        {
            return null;
        }
    }

    private async Task<JobArtifact> TakeAsync(
        CallArtifact artifact, string folder, long left, long quota, List<CarriedBytes> carried, CancellationToken cancellation)
    {
        if (!IsPlain(artifact.Name) || artifact.Name.Length > MaxNameCharacters)
            throw new OutputRejectedException($"'{Shorten(artifact.Name)}' is no name for an output.");
        if (!IsMediaType(artifact.MediaType))
            throw new OutputRejectedException($"The output '{artifact.Name}' has a media type that is none: '{Shorten(artifact.MediaType)}'.");
        if (artifact.Width is <= 0 || artifact.Height is <= 0)
            throw new OutputRejectedException($"The output '{artifact.Name}' cannot have {artifact.Width} × {artifact.Height} pixels.");
        try
        {
            using var file = OpenBeneath(folder, artifact.Path);
            var length = RandomAccess.GetLength(file);
            if (length > left)
                throw new BlobTooLargeException(left);
            var blob = length <= ArrivingBytes.MostOfOneJob - carried.Sum(one => one.Bytes.Length) && carrier.HasRoom
                ? Take(file, (int)length, carried)
                : await StoreAsync(file, length, left, cancellation);
            return new JobArtifact(artifact.Name, AssetId.Of(blob.Hex), artifact.MediaType, blob.Size, artifact.Width, artifact.Height);
        }
        catch (BlobTooLargeException)
        {
            throw new OutputRejectedException($"The outputs are larger than the {quota} bytes that the engine's outputBytes allows.");
        }
    }

    private StoredBlob Take(SafeFileHandle file, int length, List<CarriedBytes> carried)
    {
        var bytes = ReadAtOnce(file, length);
        var one = new CarriedBytes(Convert.ToHexStringLower(SHA256.HashData(bytes)), bytes);
        if (carried.All(other => other.Hex != one.Hex))
            carried.Add(one);
        blobs.Keep(one);
        return new StoredBlob(one.Hex, bytes.Length);
    }

    private async Task<StoredBlob> StoreAsync(SafeFileHandle file, long length, long left, CancellationToken cancellation)
    {
        await using Stream content = length <= ReadAtOnceBytes
            ? new MemoryStream(ReadAtOnce(file, (int)length), writable: false)
            : new FileStream(file, FileAccess.Read, bufferSize: 0);
        // Read twice, but from memory: what is about to be stored must be known first, because this node or its lease may be gone afterwards.
        await ExpectAsync([Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellation))], cancellation);
        content.Position = 0;
        return await blobs.StoreAsync(content, left, cancellation);
    }

    // While Redis is away the attempt goes on: its end waits for Redis, and where its lease is lost by then, DisownAsync makes good for this.
    private async Task ExpectAsync(IReadOnlyList<string> hexes, CancellationToken cancellation)
    {
        try
        {
            if (hexes.Count > 0)
                await registry.ExpectAsync(hexes, cancellation);
        }
        catch (RedisUnavailableException error)
        {
            LogNotExpected(hexes.Count, error.Message);
        }
    }

    // Was just written, hence is in memory: reading it here is quicker than a turn through the thread pool for each read.
    private static byte[] ReadAtOnce(SafeFileHandle file, int length)
    {
        var bytes = new byte[length];
        var count = RandomAccess.Read(file, bytes, 0);
        return count == length ? bytes : bytes[..count];
    }

    private async Task<JobArtifact> StoreOutputAsync(byte[] json, CancellationToken cancellation)
    {
        await ExpectAsync([Convert.ToHexStringLower(SHA256.HashData(json))], cancellation);
        using var content = new MemoryStream(json);
        var blob = await blobs.StoreAsync(content, json.Length, cancellation);
        return new JobArtifact(OutputName, AssetId.Of(blob.Hex), "application/json", blob.Size, null, null);
    }

    /// <summary>Opens a regular file beneath a folder, following no link anywhere in between.</summary>
    private static SafeFileHandle OpenBeneath(string folder, string path)
    {
        if (!IsPlain(path))
            throw new OutputRejectedException($"The output path '{Shorten(path)}' is not a plain relative path.");
        var parts = path.Split('/');
        var file = OperatingSystem.IsLinux() ? OpenByParts(folder, parts, path) : OpenChecked(folder, parts, path);
        if (!FileKind.IsRegular(file))
        {
            file.Dispose();
            throw new OutputRejectedException($"The output '{path}' is not a regular file.");
        }

        return file;
    }

    // It will be sent as a header: ASCII, and none of its control characters.
    private static bool IsMediaType(string text) =>
        text.Length <= MaxNameCharacters && text.All(char.IsAscii) && !text.Any(char.IsControl) && MediaTypeHeaderValue.TryParse(text, out _);

    private static bool IsPlain(string path) =>
        path.Length <= MaxPathCharacters && !path.Any(char.IsControl) && !path.Split('/').Any(part => part is "" or "." or "..");

    // openat one component at a time: between a check and an open by path, a link could be put in place.
    private static SafeFileHandle OpenByParts(string folder, string[] parts, string path)
    {
        const int Common = NativeMethods.OpenReadOnly | NativeMethods.OpenCloseOnExec;
        var current = NativeMethods.Open(folder, Common | NativeMethods.OpenDirectory);
        for (var index = 0; index < parts.Length && !current.IsInvalid; index++)
        {
            // Non-blocking, because opening a FIFO that nobody writes would wait for ever.
            var kind = index < parts.Length - 1 ? NativeMethods.OpenDirectory : NativeMethods.OpenNonBlocking;
            using var parent = current;
            current = NativeMethods.OpenAt(parent, parts[index], Common | NativeMethods.OpenNoFollow | kind);
        }

        if (!current.IsInvalid)
            return current;
        current.Dispose();
        throw new OutputRejectedException($"The output '{path}' is missing, or a link.");
    }

    private static SafeFileHandle OpenChecked(string folder, string[] parts, string path)
    {
        var current = folder;
        foreach (var part in parts)
        {
            current = Path.Combine(current, part);
            if (!Path.Exists(current) || new FileInfo(current).LinkTarget is not null)
                throw new OutputRejectedException($"The output '{path}' is missing, or a link.");
        }

        if (Directory.Exists(current))
            throw new OutputRejectedException($"The output '{path}' is not a regular file.");
        return File.OpenHandle(current);
    }

    private static string Shorten(string text) => text.Length <= MaxWarningCharacters ? text : text[..MaxWarningCharacters] + "…";

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Count} outputs are stored unannounced: {Reason}")]
    private partial void LogNotExpected(int count, string reason);
}
