using Workers.Jobs.Configuration;
using Workers.Jobs.Watching;

namespace Workers.Api.Watching;

/// <summary>A call that is to be made.</summary>
/// <param name="Path">Of the file, beneath its root.</param>
/// <param name="File">As it settled.</param>
/// <param name="Function">What is asked.</param>
/// <param name="Watch">Why.</param>
internal sealed record WantedCall(string Path, WatchedFile File, string Function, WatchSettings Watch);

/// <summary>
/// What the watching process knows of one root: the files as they settled, and what is still to be done for them. Changes are gathered until they
/// are written.
/// </summary>
internal sealed class WatchedRoot(string name, IReadOnlyList<WatchSettings> watches)
{
    private readonly Dictionary<string, WatchedFile?> changed = [];
    private readonly Dictionary<string, Dictionary<string, WatchSettings>> wanted = [];
    private Dictionary<string, WatchedFile> files = [];
    private Dictionary<string, FileStamp> last = [];

    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>Its watches.</summary>
    public IReadOnlyList<WatchSettings> Watches => watches;

    /// <summary>Calls that are not over, with their files.</summary>
    public IReadOnlyList<(string Path, string Function, WatchedCall Call)> UnderWay =>
        [.. files.SelectMany(file => file.Value.Calls.Where(call => call.Value.State == WatchedCall.Queued).Select(call => (file.Key, call.Key, call.Value)))];

    /// <summary>What was made and is to be kept, with its file.</summary>
    public IReadOnlyList<(string Path, string Function, string Asset)> Made =>
        [.. files.SelectMany(file => file.Value.Calls.Where(call => call.Value.Asset is not null).Select(call => (file.Key, call.Key, call.Value.Asset!)))];

    /// <summary>Begins with what is written.</summary>
    public void Load(Dictionary<string, WatchedFile> known)
    {
        (files, last) = (known, []);
        changed.Clear();
        wanted.Clear();
    }

    /// <summary>
    /// Takes a look in. A file counts once two looks found it the same; one that is gone is forgotten. What is settled already is compared with
    /// what was written, so that a restart asks for nothing again.
    /// </summary>
    public void See(IReadOnlyDictionary<string, (FileStamp Stamp, List<WatchSettings> Watches)> look)
    {
        foreach (var gone in files.Keys.Where(path => !look.ContainsKey(path)).ToList())
        {
            files.Remove(gone);
            wanted.Remove(gone);
            changed[gone] = null;
        }

        foreach (var (path, (stamp, fitting)) in look)
        {
            var known = files.GetValueOrDefault(path);
            if (known?.Is(stamp) != true)
            {
                if (!last.TryGetValue(path, out var before) || before != stamp)
                    continue;
                known = new WatchedFile(stamp.Size, stamp.ModifiedAt, new Dictionary<string, WatchedCall>());
                Change(path, known);
            }

            Want(path, known, fitting);
        }

        last = look.ToDictionary(file => file.Key, file => file.Value.Stamp);
    }

    /// <summary>Calls to make, in the order of the paths; there may be many.</summary>
    public IEnumerable<WantedCall> Wanted() =>
        from file in wanted
        from function in file.Value
        select new WantedCall(file.Key, files[file.Key], function.Key, function.Value);

    /// <summary>Notes what became of a call; nothing where its file has changed meanwhile.</summary>
    public void Note(string path, string function, WatchedCall call)
    {
        if (files.TryGetValue(path, out var file))
            Change(path, file.With(function, call));
        if (wanted.TryGetValue(path, out var functions) && functions.Remove(function) && functions.Count == 0)
            wanted.Remove(path);
    }

    /// <summary>The call is to be made anew, at the next look.</summary>
    public void Again(string path, string function)
    {
        if (files.TryGetValue(path, out var file))
            Change(path, file.Without(function));
    }

    /// <summary>What changed since this was asked before.</summary>
    public IReadOnlyList<KeyValuePair<string, WatchedFile?>> TakeChanges()
    {
        var taken = changed.ToList();
        changed.Clear();
        return taken;
    }

    /// <summary>They could not be written: they are told again, but for what changed once more since.</summary>
    public void GiveBack(IReadOnlyList<KeyValuePair<string, WatchedFile?>> taken)
    {
        foreach (var (path, file) in taken)
            changed.TryAdd(path, file);
    }

    private void Change(string path, WatchedFile file)
    {
        files[path] = file;
        changed[path] = file;
    }

    private void Want(string path, WatchedFile file, List<WatchSettings> fitting)
    {
        Dictionary<string, WatchSettings>? functions = null;
        foreach (var watch in fitting)
        {
            foreach (var function in watch.Functions.Where(function => !file.Calls.ContainsKey(function)))
                (functions ??= []).TryAdd(function, watch);
        }

        if (functions is null)
            wanted.Remove(path);
        else
            wanted[path] = functions;
    }
}
