using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Workers.Jobs.Processes;

namespace Workers.Node.Processes;

/// <summary>
/// Remembers each started worker in a file, so that a node that was killed does not leave its workers behind: its successor in the same runtime
/// folder ends them. A process counts as ours only when id, start time and the instance in its environment all agree.
/// </summary>
internal sealed partial class OrphanSweeper(string folder, string instance, ILogger<OrphanSweeper> logger)
{
    private const string Extension = ".json";

    /// <summary>The environment variable by which a worker names its server's instance.</summary>
    public const string InstanceVariable = "WORKERS_INSTANCE";

    /// <summary>Remembers a started worker.</summary>
    public void Remember(string worker, ProcessIdentity process)
    {
        var path = PathOf(worker);
        var record = new OrphanRecord(process.Id, process.StartTime, instance);
        File.WriteAllText(path + ".new", JsonSerializer.Serialize(record, OrphanJson.Default.OrphanRecord));
        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>Forgets a worker that has ended.</summary>
    public void Forget(string worker) => File.Delete(PathOf(worker));

    /// <summary>Ends what a former node left, and forgets its records.</summary>
    /// <returns>How many process groups were ended.</returns>
    public int Sweep()
    {
        Directory.CreateDirectory(folder);
        var ended = 0;
        foreach (var path in Directory.EnumerateFiles(folder).ToList())
        {
            if (path.EndsWith(Extension, StringComparison.Ordinal) && Read(path) is { } record && IsOurs(record))
            {
                ProcessGroup.Kill(record.Pid);
                LogEnded(Path.GetFileNameWithoutExtension(path), record.Pid);
                ended++;
            }

            File.Delete(path);
        }

        return ended;
    }

    private bool IsOurs(OrphanRecord record) =>
        record.Pid > 1
        && record.Instance == instance
        && new ProcessIdentity(record.Pid, record.StartTicks).IsAlive
        && InstanceOf(record.Pid) == instance;

    private static string? InstanceOf(int pid)
    {
        try
        {
            const string Prefix = InstanceVariable + "=";
            var variables = Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{pid}/environ")).Split('\0');
            return variables.FirstOrDefault(variable => variable.StartsWith(Prefix, StringComparison.Ordinal))?[Prefix.Length..];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null; // Gone, or another user's: not ours.
        }
    }

    private static OrphanRecord? Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), OrphanJson.Default.OrphanRecord);
        }
        catch (JsonException)
        {
            return null; // Cut off by the crash, before its worker was started.
        }
    }

    private string PathOf(string worker) => Path.Combine(folder, worker + Extension);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Ended the orphaned worker {Worker} (process group {Pid}) of a former, crashed node")]
    private partial void LogEnded(string worker, int pid);
}

/// <summary>A started worker, as the runtime folder remembers it.</summary>
internal sealed record OrphanRecord(int Pid, long StartTicks, string Instance);

[System.Text.Json.Serialization.JsonSerializable(typeof(OrphanRecord))]
internal sealed partial class OrphanJson : System.Text.Json.Serialization.JsonSerializerContext;
